"""The file gate: each reason for which a file is refused or deferred, with nothing of it loaded."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import os
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.company import Source
from orchestration.landing import SourceStatus, discovery, intake, options
from orchestration.landing.stream import Limits
from tests.zipped import zipped

from .conftest import Place

GOOD = "a,b\n1,2\n"


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, write_page_checksum=True)
    return out.getvalue()


ROWS = parquet(pa.table({"a": list(range(1000)), "b": ["x"] * 1000}))
CASES = {
    "file.empty": [
        ("x.csv", b""),
        ("x.csv", b"\n\r\n\n"),
        ("x.csv.gz", zipped(b"")),
        ("x.jsonl", b""),
        ("x.parquet", b""),
    ],
    "file.magic_mismatch": [
        ("x.csv", b"PK\x03\x04..."),
        ("x.csv", b"%PDF-1.7"),
        ("x.csv", b"  <!DOCTYPE html><html>"),
        ("x.csv", b"\xef\xbb\xbf<?xml version='1.0'?>"),
        ("x.csv", zipped(b"a,b\n1,2\n")),
        ("x.csv", ROWS),
        ("x.csv", b'{"a": 1}\n'),
        ("x.csv.gz", zipped(b"PK\x03\x04...")),
        ("x.jsonl", b'[{"a": 1}]'),
        ("x.parquet", b"a,b\n1,3\n"),
    ],
    "file.gzip_corrupt": [
        ("x.csv.gz", b"a,b\n1,3\n"),
        ("x.csv.gz", zipped(GOOD.encode())[:-3]),
        ("x.csv.gz", zipped(GOOD.encode())[:-8] + b"\0" * 8),
        ("x.csv.gz", zipped(GOOD.encode()) + b"more"),
        ("x.jsonl.gz", zipped(b'{"a": 1}\n')[:-5]),
        ("x.parquet.gz", zipped(ROWS)[:-5]),
    ],
    "file.encoding": [
        ("x.csv", GOOD.encode("utf-16-le")),
        ("x.csv", b"a,caf\xe9\n1,2\n"),
        ("x.csv", b"a,b\n" + b"1,caf\xe9\n" * 10),
    ],
    "file.header_duplicate": [("x.csv", b"a,b,A\n1,2,3\n"), ("x.jsonl", b'{"a":1}\n{"A":2}\n')],
    "file.header_mismatch": [
        ("x.csv", b"a,_row\n1,2\n"),
        ("x.csv", b'a,"b\n1,2\n'),
        ("x.csv", b",,\n1,2,3\n"),
        ("x.csv", b",".join(b"c%d" % i for i in range(2001)) + b"\n"),
        ("x.jsonl", b'{"_line": 1}\n'),
    ],
    "file.quarantine_ratio": [
        ("x.csv", b"a,b\n" + b"1,2\n1,2\n1\n" * 10),
        ("x.jsonl", b'{"a": 1}\n{"a": \n' * 10),
    ],
    "file.unsupported": [("x.orc", b"ORC")],
    "parquet.corrupt": [
        ("x.parquet", ROWS[:-20]),
        ("x.parquet", ROWS[:200] + bytes([ROWS[200] ^ 4]) + ROWS[201:]),
        ("x.parquet", b"PAR1"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name", "content"),
    [(code, name, content) for code, cases in CASES.items() for name, content in cases],
)
def test_refused(place: Place, code: str, name: str, content: bytes) -> None:
    place.put("good.csv", GOOD)
    place.put(name, content)
    result = place.land()
    assert (result.status, result.reason_code) == (SourceStatus.FAILED, code)
    assert result.message
    assert name in result.message
    assert "\n" not in result.message
    assert (result.n_refused, result.n_loaded) == (1, 1)
    assert place.rows() == [("1", "2")], "nothing of it is loaded, and the others are"
    assert {path.suffix for path in place.home.rows_dir("s").iterdir()} == {".parquet"}


def test_no_value_of_a_headerless_file_is_shown(place: Place) -> None:
    place.maps(order_id="order_id", ordered_at="when")
    place.put("x.csv", "ann@example.com,1\nann@example.com,2\n")
    result = place.land()
    assert result.reason_code == "schema.missing_required"
    shown = str(result) + " ".join(place.said)
    assert "ann@" not in shown
    assert "'order_id'" in shown


def test_a_renamed_column_is_refused_and_an_absent_optional_one_is_not(place: Place) -> None:
    place.maps(order_id="id", ordered_at="when", status="state")
    place.put("1.csv", "ID,when\n1,2025-01-01\n")
    place.put("2.csv", "id,at,state\n1,2025-01-01,new\n")
    result = place.land()
    assert result.reason_code == "schema.missing_required"
    assert "2.csv: no column 'when'" in str(result.message)
    assert [p.code for p in result.problems] == ["schema.missing_optional", result.reason_code]
    assert place.rows() == [("1", "2025-01-01", None)], "the mapping finds its column, empty"


def test_a_mapping_that_was_mended_takes_the_refused_file(place: Place) -> None:
    place.maps(order_id="id", ordered_at="when")
    place.put("x.csv", "id,at\n1,2025-01-01\n")
    assert place.land().reason_code == "schema.missing_required"
    place.maps(order_id="id", ordered_at="at")
    assert place.land().status == "loaded"
    assert place.rows() == [("1", "2025-01-01")]


def test_a_refused_file_stays_a_failure_until_it_is_mended(place: Place) -> None:
    place.put("x.csv", "a,a\n1,2\n")
    first, again = place.land(), place.land()
    assert (again.status, again.message) == (first.status, first.message)
    assert len(place.ledger.arrivals("s")) == 1, "refused once"
    place.put("x.csv", GOOD)
    assert place.land().status == "loaded"


def test_a_refused_correction_leaves_the_old_rows(place: Place) -> None:
    place.put("x.csv", GOOD)
    place.land()
    place.put("x.csv", "a,a\n1,2\n")
    assert place.land().status == "failed"
    assert place.rows() == [("1", "2")]


def test_all_rows_of_a_bad_file_are_kept_aside(place: Place) -> None:
    place.put("x.csv", "a,b\n" + "1,2\n\n3\n" * 10)
    place.land()
    (arrival,) = place.ledger.arrivals("s")
    assert (arrival.n_framed, arrival.n_parsed, arrival.n_quarantined, arrival.n_blank) == (
        30, 0, 20, 10,
    )  # fmt: skip
    reasons = [line["reasons"] for line in place.lines()]
    assert reasons.count(["file.quarantine_ratio"]) == 10
    assert reasons.count(["csv.too_few_fields"]) == 10


def test_the_limit_on_bad_records(place: Place) -> None:
    place.ratio(0.5)
    place.put("x.csv", "a,b\n" + "1,2\n" * 10 + "3\n" * 10)
    assert place.land().status == "loaded"
    place.put("y.csv", "a,b\n" + "1,2\n" * 10 + "3\n" * 11)
    assert place.land().reason_code == "file.quarantine_ratio"


def test_missing(place: Place) -> None:
    place.source(["x.csv"])
    result = place.land()
    assert (result.status, result.reason_code) == ("failed", "file.missing")
    assert str(place.inbox / "x.csv") in str(result.message)
    place.source(["x_*.csv"])
    assert place.land().reason_code == "file.missing"
    place.source(["x.csv"], required=False)
    assert place.land().status == SourceStatus.SKIPPED
    assert place.rows() == []


def test_one_of_two_missing(place: Place) -> None:
    place.put("x.csv", GOOD)
    place.source(["x.csv", "y.csv"])
    assert place.land().reason_code == "file.missing"
    place.source(["x.csv", "y.csv"], required=False)
    assert place.land().status == "loaded"


def test_a_directory_that_was_emptied_is_no_failure(place: Place) -> None:
    place.put("in/x.csv", GOOD).parent.resolve()
    place.source(["in"])
    place.land()
    (place.inbox / "in" / "x.csv").unlink()
    assert place.land().status == "unchanged"
    assert place.rows() == [("1", "2")]


def test_what_is_no_regular_file(place: Place) -> None:
    target = place.put("elsewhere/target.csv", GOOD)
    (place.inbox / "link.csv").symlink_to(target)
    os.mkfifo(place.inbox / "fifo.csv")
    (place.inbox / "folder.csv").mkdir()
    place.source(["*.csv"])
    began = time.monotonic()
    result = place.land()
    assert time.monotonic() - began < 5, "a FIFO is not waited for"
    assert {p.name: p.code for p in result.problems} == {
        "fifo.csv": "file.not_regular",
        "folder.csv": "file.not_regular",
        "link.csv": "file.not_regular",
    }


def test_unsafe_names(place: Place) -> None:
    place.put("a\nb.csv", GOOD)
    result = place.land()
    assert result.reason_code == "file.name_unsafe"
    assert "\n" not in str(result.message)


def test_a_growing_file_is_deferred(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place.put("x.csv", GOOD)
    read = os.read

    def read_while_growing(handle: int, size: int) -> bytes:
        block = read(handle, size)
        if not block:
            with path.open("a") as out:
                out.write("3,4\n")
        return block

    monkeypatch.setattr(os, "read", read_while_growing)
    result = place.land()
    assert (result.reason_code, result.n_deferred) == ("file.not_settled", 1)
    assert place.ledger.arrivals("s") == []
    monkeypatch.undo()
    assert place.land().n_parsed == 2


def set_limits(monkeypatch: pytest.MonkeyPatch, limits: Limits) -> None:
    def limited(source: Source, name: str, ratio: float) -> options.Options:
        return dataclasses.replace(options.options_for(source, name, ratio), limits=limits)

    monkeypatch.setattr(intake, "options_for", limited)


def test_an_archive_that_grows_is_refused_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, Limits(growth_from=1 << 20))
    place.put("x.csv.gz", zipped(b"a,b\n" + b"1,2\n" * (4 << 20)))
    began = time.monotonic()
    assert place.land().reason_code == "file.archive_unsafe"
    assert time.monotonic() - began < 5


def test_too_large(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    set_limits(monkeypatch, Limits(max_bytes=100))
    place.put("x.csv", GOOD * 20)
    assert place.land().reason_code == "file.too_large"


def test_flipped_bits_are_noticed_wherever_they_are(tmp_path: Path) -> None:
    """Any flipped bit of a Parquet file is refused, or gives the same rows."""
    place = Place(tmp_path)
    truth = pq.read_table(io.BytesIO(ROWS)).to_pylist()
    rng = np.random.default_rng(7)
    place.source(["x.parquet"], mode="snapshot")
    for at in rng.integers(4, len(ROWS) - 4, 40).tolist():
        damaged = bytearray(ROWS)
        damaged[at] ^= 1 << int(rng.integers(8))
        place.put("x.parquet", bytes(damaged))
        if place.land().status == "loaded":
            found = [{"a": a, "b": b} for a, b in place.rows()]
            assert found == truth, f"wrong rows by the byte at {at}"


def test_finding_files(tmp_path: Path) -> None:
    for name in ["a[1].csv", "a1.csv", "b.jsonl", "c.CSV.GZ", ".hidden.csv", "d.csv.part",
                 "README.md", "sub/e.parquet"]:  # fmt: skip
        path = tmp_path / "in[x]" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def names(*words: str, declared: str | None = None) -> list[str]:
        found = discovery.discover(words, tmp_path / "in[x]", declared)
        return [file.name for file in found.files]

    assert names(".") == ["a1.csv", "a[1].csv", "b.jsonl", "c.CSV.GZ", "sub/e.parquet"]
    assert names("a[1].csv") == ["a[1].csv"]
    assert names("a*.csv") == ["a1.csv", "a[1].csv"]
    assert names("*/*.parquet") == ["sub/e.parquet"]
    assert names("sub", "b.jsonl") == ["b.jsonl", "sub/e.parquet"]
    assert names("sub", "sub/e.parquet") == ["e.parquet"]


ORDER = {"order_id": "id", "ordered_at": "at", "status": "state", "promised_on": "due"}


@pytest.mark.parametrize(
    ("column", "values", "contract"),
    [
        ("at", pa.array([True, False]), "timestamp"),
        ("at", pa.array([20240301, 20240302]), "timestamp"),
        ("due", pa.array([1.5, 2.5]), "date"),
        ("due", pa.array([["2024-03-01"], []]), "date"),
    ],
)
def test_a_parquet_column_of_a_type_that_the_contract_has_not_is_refused(
    place: Place, column: str, values: pa.Array, contract: str
) -> None:
    day = pa.array([dt.datetime(2024, 3, 1), dt.datetime(2024, 3, 2)])
    good = {"id": pa.array([1, 2]), "at": day, "state": pa.array(["done", None]), "due": day}
    place.maps(**ORDER)
    place.put("good.parquet", parquet(pa.table(good)))
    assert place.land().n_loaded == 1
    place.put("new.parquet", parquet(pa.table(good | {column: values})))
    result = place.land()
    assert (result.reason_code, result.n_refused) == ("parquet.schema", 1)
    assert f"column {column!r} is {str(values.type).split('<')[0]}" in str(result.message)
    assert f"the contract has {contract}" in str(result.message)


def test_a_column_that_a_mapping_shapes_may_be_of_any_type(place: Place) -> None:
    place.maps(**ORDER)
    (mapping,) = place.company.feeds["orders"]
    shaped = dataclasses.replace(mapping, formats={"ordered_at": "%Y%m%d"})
    place.company.feeds = {"orders": [shaped]}
    table = {"id": [1], "at": [20240301], "state": ["done"], "due": ["2024-03-02"]}
    place.put("x.parquet", parquet(pa.table(table)))
    assert place.land().n_loaded == 1


def test_a_column_that_is_new_and_read_by_nothing_is_a_note(place: Place) -> None:
    place.maps(**ORDER)
    place.put("1.csv", "id,at,state,due,mood\n1,2024-03-01,done,2024-03-02,x\n")
    assert place.land().problems == ()
    place.put("2.csv", "id,at,state,due,mood\n2,2024-03-01,done,2024-03-02,x\n")
    assert place.land().problems == ()
    place.put("3.csv", "id,at,state,due,mood,weather,x\n3,2024-03-01,done,2024-03-02,x,y,z\n")
    result = place.land()
    assert [problem.code for problem in result.problems] == ["schema.extra"]
    assert (str(result.status), result.n_loaded) == ("loaded", 1)
    assert any("schema.extra: 3.csv: 2 of its 7 columns are new" in said for said in place.said)
    assert "weather" not in " ".join(place.said)
