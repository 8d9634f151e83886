"""Objects of a store of our own: found by pattern, named as they are, got once."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestration.check import check_company
from orchestration.fetching import objects
from orchestration.fetching.objects import _pattern
from tests.orchestration.fetching.conftest import Nights

ROWS = "id,name\n1,tea\n2,cup\n"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the store, with an empty bucket `raw`."""
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket="raw")
    for found in client.list_objects_v2(Bucket="raw").get("Contents", []):
        client.delete_object(Bucket="raw", Key=found["Key"])
    return client


def put(store: Any, key: str, body: str | bytes = ROWS) -> None:
    store.put_object(Bucket="raw", Key=key, Body=body if isinstance(body, bytes) else body.encode())


def names(nights: Nights) -> list[str]:
    return sorted(a.name for a in nights.ledger.arrivals("shop") if a.status == "loaded")


def test_a_prefix_that_grows_is_got_once(nights: Nights, store: Any) -> None:
    put(store, "in/a.csv")
    put(store, "in/2025/b.csv.gz", gzip.compress(b"id,name\n3,jug\n"))
    put(store, "in/readme.pdf", "x")
    put(store, "in/_SUCCESS", "")
    nights.declare('shop: {files: "s3://raw/in/"}')
    result = nights.land()
    assert (result.status, result.n_loaded, result.counts.parsed) == ("loaded", 2, 3)
    assert names(nights) == ["2025/b.csv.gz", "a.csv"]
    assert nights.query("select distinct _file from source order by 1") == [
        ("2025/b.csv.gz",), ("a.csv",)
    ]  # fmt: skip
    again = nights.land()
    assert (again.status, again.bytes_read, again.n_unchanged, again.n_files) == (
        "unchanged", 0, 2, 2
    )  # fmt: skip
    put(store, "in/c.csv", "id,name\n4,pot\n")
    put(store, "in/a.csv", "id,name\n1,tea\n")
    result = nights.land()
    assert (result.n_loaded, result.n_replaced) == (2, 1)
    assert nights.query("select id from source order by id") == [("1",), ("3",), ("4",)]
    assert not list((nights.home.root / "landing" / "incoming" / "shop").iterdir())


def test_patterns_and_names_are_literal(nights: Nights, store: Any) -> None:
    for key in ("p/a[1].csv", "p/a1.csv", "p/x*y.csv", "p/deep/a2.csv", "p/b.csv", "pa.csv"):
        put(store, key, f"id,name\n{key},x\n")
    nights.declare('shop: {files: "s3://raw/p/a*.csv"}')
    assert nights.land().n_loaded == 2
    assert names(nights) == ["a1.csv", "a[1].csv"]
    nights.declare('other: {files: ["s3://raw/p/a[1].csv"], mode: append}', drives="other")
    assert nights.land("other").n_loaded == 1
    assert nights.query("select id from source", "other") == [("p/a[1].csv",)]
    nights.declare('deep: {files: ["s3://raw/p/**/a*.csv"]}', drives="deep")
    assert nights.land("deep").n_loaded == 3


def test_a_hostile_key_writes_nowhere(nights: Nights, store: Any) -> None:
    put(store, "in/evil\u202e.csv", "id,name\n1,x\n")
    put(store, "in/good.csv", "id,name\n3,x\n")
    nights.declare('shop: {files: "s3://raw/in/**/*.csv"}')
    result = nights.land()
    assert result.reason_code == "file.name_unsafe"
    assert names(nights) == ["good.csv"]
    assert not list(nights.directory.rglob("*evil*"))


def test_what_is_missing_or_denied_is_said(
    nights: Nights, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.declare('shop: {files: "s3://raw/none.csv"}')
    assert nights.land().reason_code == "file.missing"
    nights.declare('shop: {files: "s3://raw/none/*.csv"}')
    assert nights.land().reason_code == "file.missing"
    nights.declare('shop: {files: "s3://no-such-bucket-here/x/*.csv"}')
    assert nights.land().reason_code in ("source.missing", "file.missing")
    for scheme, package in (("gs", "gcsfs"), ("az", "adlfs")):
        nights.declare(f'shop: {{files: "{scheme}://raw/x/*.csv"}}')
        result = nights.land()
        assert result.reason_code == "file.unsupported"
        assert f"pip install {package}" in str(result.message)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    nights.declare('shop: {files: "s3://raw/x/*.csv"}')
    result = nights.land()
    assert result.reason_code == "source.unreachable"
    assert "hunter2" not in str(result)


def test_an_object_that_does_not_come_whole_is_got_again(
    nights: Nights, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "in/a.csv")
    put(store, "in/b.csv", "id,name\n3,x\n")
    make, faults = objects.store_of, [b"id,na", OSError("reset"), b""]

    def faulty(source: Any) -> Any:
        found = make(source)
        get = found.get_file

        def get_file(key: str, target: str) -> None:
            if not faults:
                get(key, target)
                return
            fault = faults.pop(0)
            if isinstance(fault, OSError):
                raise fault
            with open(target, "wb") as out:  # noqa: PTH123
                out.write(fault)

        found.get_file = get_file
        return found

    monkeypatch.setattr(objects, "store_of", faulty)
    nights.declare('shop: {files: "s3://raw/in/*.csv"}')
    result = nights.land()
    assert (result.status, nights.landed()) == ("loaded", 3), result.message
    assert sum("did not come whole" in line for line in nights.said) == 3


def test_check_looks_at_some_of_the_objects(nights: Nights, store: Any) -> None:
    for number in range(5):
        put(store, f"in/{number}.csv", ROWS)
    nights.declare('shop: {files: "s3://raw/in/*.csv"}')
    said = [str(f) for f in check_company(nights.company, datetime(2025, 6, 1, tzinfo=UTC))]
    assert any("5 files, 2 columns, the first 6 rows" in line for line in said), said


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "b/a.csv", False),
        ("**/*.csv", "a.csv", True),
        ("**/*.csv", "b/c/a.csv", True),
        ("a?.csv", "a1.csv", True),
        ("a?.csv", "a/.csv", False),
        ("a[1].csv", "a1.csv", False),
        ("a[1]*", "a[1].csv", True),
    ],
)
def test_patterns(pattern: str, name: str, fits: bool) -> None:
    assert (_pattern(pattern).fullmatch(name) is not None) == fits
