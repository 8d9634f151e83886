"""What is taken in and remarked on, what waits, and what hostile files cost."""

from __future__ import annotations

import gzip
import io
import os
import resource
import time
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.landing import SourceStatus, stream
from orchestration.landing.stream import Limits
from orchestration.landing.trailer import trailer_pattern

from .conftest import START, Place
from .test_refusals import GOOD, parquet, set_limits


@pytest.mark.parametrize(
    ("name", "text", "declared"),
    [
        ("x.csv", "a,b\n1,2\n3,4\nT;2;20240501\n", "T;{rows};*"),
        ("x.csv", 'a,b\r\n1,2\r\n3\r\n"TRAILER","2"\r\n\r\n', '"TRAILER",{rows}'),
        ("x.csv", "a,b\n1,2\n\n3,4\n2 rows", "{rows} rows"),
        ("x.jsonl", '{"a": 1}\n{"a": \n{"rows": 2}\n', '{"rows": {rows}}'),
    ],
)
def test_a_trailer_is_no_record_and_its_count_is_held_against_the_file(
    place: Place, name: str, text: str, declared: str
) -> None:
    place.ratio(1.0)
    place.source(["*"], trailer=declared)
    place.put(name, text)
    result = place.land()
    assert result.status == "loaded", result.message
    assert result.counts.framed - result.counts.blank == 2
    more = '\n{"a": 9}\n' if name.endswith("l") else "\n9,9\n"
    place.put(name, text.replace("\n", more, 1))
    assert place.land().reason_code == "file.trailer_mismatch"


def test_a_trailer_may_lie_across_blocks(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BLOCK_BYTES", 1000)
    place.source(["*"], trailer="T;{rows}")
    place.put("x.csv", "a,b\n" + "1,2\n" * 50_000 + "T;50000\n\n")
    assert place.land().n_parsed == 50_000
    assert trailer_pattern("a.b;{rows}").fullmatch(b"axb;1") is None


def test_a_file_that_only_adds_rows_waits_and_the_rest_goes_on(place: Place) -> None:
    place.source(["*"], settle_seconds=60)
    old, new = place.put("1.csv", GOOD), place.put("2.csv", "a,b\n3,4\n")
    at = (START + timedelta(days=1)).timestamp()
    os.utime(old, (at - 3600, at - 3600))
    os.utime(new, (at - 30, at - 30))
    result = place.land()
    assert (result.status, result.n_deferred, result.n_loaded) == (SourceStatus.LOADED, 1, 1)
    assert (result.reason_code, place.rows()) == ("file.not_settled", [("1", "2")])
    assert "2.csv: changed less than 60 s ago" in str(result.message)
    assert place.land().n_loaded == 1, "a day later it is at rest"


def test_a_snapshot_that_is_still_written_is_not_left_out_in_silence(place: Place) -> None:
    place.source(["x.csv"], mode="snapshot", settle_seconds=60)
    at = (START + timedelta(days=1)).timestamp()
    os.utime(place.put("x.csv", GOOD), (at, at))
    assert (place.land().status, place.rows()) == (SourceStatus.FAILED, [])


def test_a_parquet_of_more_values_than_its_bytes_can_mean(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, Limits(growth_from=1 << 10, max_growth=2.0))
    place.put("x.parquet", parquet(pa.table({"a": [7] * 300_000})))
    assert place.land().reason_code == "file.archive_unsafe"


@pytest.mark.parametrize("kind", ["members", "zeros", "tar", "nested"])
def test_hostile_archives_are_refused_in_seconds_and_little_memory(place: Place, kind: str) -> None:
    empty = gzip.compress(b"")
    hostile = {
        "members": lambda: gzip.compress(b"a,b\n") + empty * 400_000,
        "zeros": lambda: gzip.compress(b"a,b\n" + bytes(120 << 20), 1),
        "tar": lambda: gzip.compress(bytes(257) + b"ustar" + bytes(500)),
        "nested": lambda: gzip.compress(gzip.compress(gzip.compress(b"a,b\n1,2\n"))),
    }[kind]()
    place.put("x.csv.gz", hostile)
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
    code = place.land().reason_code
    after = resource.getrusage(resource.RUSAGE_SELF)
    expected = {"members": "file.archive_unsafe", "zeros": "csv.record_too_long"}
    assert code == expected.get(kind, "file.magic_mismatch")
    assert time.process_time() - began < 5
    assert (after.ru_maxrss - before.ru_maxrss) / 1024 < 500, "megabytes"


def rows_of(n: int, kind: str) -> str:
    return "id,kind,amount\n" + "".join(f"{i},{kind},{i}.5\n" for i in range(n))


def test_a_column_that_no_longer_looks_like_itself_is_told_and_taken(place: Place) -> None:
    place.maps(order_id="id", status="kind", ordered_at="amount")
    place.put("1.csv", rows_of(600, "paid") + "9,open,1\n")
    assert place.land().problems == ()
    place.put("2.csv", rows_of(600, "open"))
    assert place.land().problems == (), "the words are known"
    place.put("3.csv", rows_of(600, "4711"))
    result = place.land()
    assert [(p.name, p.code) for p in result.problems] == [("3.csv", "file.domain_shift")]
    assert (result.n_parsed, result.reason_code) == (600, "file.domain_shift")
    assert "'kind'" in str(result.message) and "4711" not in str(result.message)
    place.put("4.csv", rows_of(50, "neu"))
    assert place.land().problems == (), "too few rows to say so"


def test_rows_of_another_day_than_the_name_says_are_told(place: Place) -> None:
    place.source(["*"], mode="snapshot", snapshot_on="day")
    place.put("crm_2025-03-02.csv", "a,day\n1,2025-03-01\n")
    result = place.land()
    assert [p.code for p in result.problems] == ["file.date_mismatch"]
    assert "of 2025-03-01, its name says 2025-03-02" in str(result.message)
    assert place.ledger.arrivals("s")[0].snapshot_on is not None


def test_page_checksums_are_written_and_looked_at(place: Place) -> None:
    place.put("x.csv", GOOD)
    place.land()
    (path,) = place.home.rows_dir("s").iterdir()
    assert pq.ParquetFile(io.BytesIO(path.read_bytes()), page_checksum_verification=True).read()
