"""Nights: what is new, known, doubled, corrected; the modes; replay; crashes; damage."""

from __future__ import annotations

import gzip
import os
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.durable import sha256_of
from orchestration.landing import LandingDamaged, receive, rows, source_files

from .conftest import Place


def csv(*values: object) -> str:
    return "id,v\n" + "".join(f"{value}\n" for value in values)


# new, known, doubled, corrected ------------------------------------------------------------------
def test_an_unchanged_file_is_not_read_twice(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place.put("x.csv", csv("1,a"))
    first = place.land()
    assert (first.status, first.n_files, first.bytes_read) == ("loaded", 1, path.stat().st_size)

    def refuse(*_: object) -> bytes:
        raise AssertionError("read again")

    monkeypatch.setattr(os, "read", refuse)
    again = place.land()
    assert (again.status, again.n_unchanged, again.bytes_read) == ("unchanged", 1, 0)


def test_bytes_are_kept_as_received(place: Place) -> None:
    content = gzip.compress(csv("1,a").encode())
    place.put("x.csv.gz", content)
    place.land()
    (arrival,) = place.ledger.arrivals("s")
    (raw,) = place.home.raw_dir("s").iterdir()
    assert raw.name == f"{arrival.file_id}.csv.gz"
    assert (raw.read_bytes(), sha256_of(raw)) == (content, arrival.sha256)
    assert raw.stat().st_mode & 0o777 == 0o600
    assert place.home.rows_file("s", arrival.file_id).stat().st_mode & 0o777 == 0o600


def test_a_touched_file_is_read_and_is_the_same(place: Place) -> None:
    path = place.put("x.csv", csv("1,a"))
    place.land()
    os.utime(path, ns=(1, 1))
    again = place.land()
    assert (again.status, again.bytes_read) == ("unchanged", path.stat().st_size)


def test_the_same_bytes_under_another_name(place: Place) -> None:
    place.put("x.csv", csv("1,a"))
    place.put("y.csv", csv("1,a"))
    result = place.land()
    assert (result.n_loaded, result.n_duplicate, result.status) == (1, 1, "loaded")
    assert place.rows() == [("1", "a")]
    assert place.land().status == "unchanged"
    place.put("z.csv", csv("1,a"))
    assert (place.land().n_duplicate, place.rows()) == (1, [("1", "a")])


def test_a_correction_takes_the_place_of_what_it_corrects(place: Place) -> None:
    place.put("x.csv", csv("1,a", "2,b"))
    place.put("y.csv", csv("3,c"))
    place.land()
    (old,) = [a for a in place.ledger.arrivals("s") if a.name == "x.csv"]
    place.put("x.csv", csv("1,z"))
    result = place.land()
    assert (result.n_replaced, result.n_unchanged) == (1, 1)
    assert [p.code for p in result.problems] == ["file.replaced"]
    assert place.rows() == [("1", "z"), ("3", "c")]
    assert place.rows(through_batch=1) == [("1", "a"), ("2", "b"), ("3", "c")], "as it was known"
    (new,) = source_files(place.ledger, "s", 2)
    assert (new.name, new.replaces, new.n_parsed) == ("x.csv", old.file_id, 1)


def test_a_correction_that_is_taken_back(place: Place) -> None:
    place.put("x.csv", csv("1,a"))
    place.land()
    place.put("x.csv", csv("1,b"))
    place.land()
    place.put("x.csv", csv("1,a"))
    assert place.land().status == "loaded"
    assert [place.rows(batch) for batch in (1, 2, 3)] == [
        [("1", "a")], [("1", "b")], [("1", "a")],
    ]  # fmt: skip


def test_new_files_of_a_batch(place: Place) -> None:
    place.put("1.csv", csv("1,a"))
    place.land()
    place.put("2.csv", csv("2,b"))
    place.land()
    assert place.rows(2) == [("1", "a"), ("2", "b")]
    assert place.rows(2, only_batch=2) == [("2", "b")]
    assert [f.name for f in source_files(place.ledger, "s", 2)] == ["2.csv"]
    assert source_files(place.ledger, "s", 3) == []


def test_columns_may_differ_between_files(place: Place) -> None:
    place.put("1.csv", "a,b\n1,2\n")
    place.put("2.csv", "b,c\n3,4\n")
    place.land()
    assert place.rows() == [("1", "2", None), (None, "3", "4")]


def test_any_split_of_the_same_records(tmp_path: Path) -> None:
    records = ["1,a", "2,b", "3,c"]
    contents = []
    for number, order in enumerate(permutations(records)):
        place = Place(tmp_path / str(number))
        place.put("x.csv", csv(*order[:1]))
        place.put("y.csv", csv(*order[1:]))
        place.land()
        contents.append(sorted(place.rows()))
    assert contents == [contents[0]] * 6


# modes -------------------------------------------------------------------------------------------
def test_upsert_gives_the_newest_row_of_a_key(place: Place) -> None:
    place.source(["*.csv"], mode="upsert", key=["ID"])
    place.put("1.csv", csv("1,a", "2,b", "2,c", ",d", ",e"))
    place.land()
    assert place.rows() == [("1", "a"), ("2", "c"), (None, "d"), (None, "e")]
    place.put("2.csv", csv("1,z"))
    place.land()
    assert sorted(place.rows(), key=str) == sorted(
        [("2", "c"), (None, "d"), (None, "e"), ("1", "z")], key=str
    )
    assert ("1", "a") in place.rows(through_batch=1)


def test_upsert_without_its_key(place: Place) -> None:
    place.source(["*.csv"], mode="upsert", key=["code"])
    place.put("1.csv", csv("1,a"))
    assert place.land().reason_code == "schema.missing_required"


def test_snapshot_of_one_file(place: Place) -> None:
    place.source(["crm.csv"], mode="snapshot")
    place.put("crm.csv", csv("1,a", "2,b"))
    place.land()
    place.put("crm.csv", csv("1,a"))
    place.land()
    assert [place.rows(1), place.rows(2)] == [[("1", "a"), ("2", "b")], [("1", "a")]]


def test_snapshots_by_the_date_in_the_name(place: Place) -> None:
    place.source(["crm_*.csv"], mode="snapshot", snapshot_on="from_name")
    place.put("crm_2025-03-02.csv", csv("1,b"))
    place.put("crm_20250301.csv", csv("1,a"))
    place.land()
    assert place.rows() == [("1", "b")]
    place.put("crm_2025_02_28.csv", csv("1,late"))
    place.land()
    assert place.rows() == [("1", "b")], "an older snapshot that comes late changes nothing"
    place.put("crm_20250303T0600.csv", csv("1,a"))
    result = place.land()
    assert (result.n_loaded, place.rows()) == (1, [("1", "a")]), "back to what it was is news"
    place.put("crm_20250304.csv", csv("1,a"))
    assert place.land().n_duplicate == 1
    place.put("crm_now.csv", csv("1,x"))
    assert place.land().reason_code == "file.date_mismatch"


def test_snapshots_by_a_column(place: Place) -> None:
    place.source(["crm_*.csv"], mode="snapshot", snapshot_on="V")
    place.put("crm_a.csv", csv("1,2025-03-02T10:00:00", "2,2025-03-01"))
    place.put("crm_b.csv", csv("1,2025-03-01"))
    place.source(["crm_*.csv"], mode="snapshot", snapshot_on="v")
    place.land()
    assert len(place.rows()) == 2
    place.put("crm_c.csv", csv("1,yesterday"))
    assert place.land().reason_code == "file.date_mismatch"


# replay, faults, damage --------------------------------------------------------------------------
def test_a_changed_option_parses_anew(place: Place) -> None:
    place.put("x.csv", csv("1,-"))
    place.land()
    place.source(["*"], null_values=["", "-"])
    result = place.land()
    assert (result.n_reparsed, result.status) == (1, "unchanged")
    assert place.rows() == [("1", None)]
    assert place.land().n_reparsed == 0
    assert len(place.ledger.arrivals("s")) == 1


def test_landing_twice_in_one_batch_is_landing_once(place: Place) -> None:
    place.put("x.csv", csv("1,a", "2"))
    first = place.land(done=False)
    again = place.land()
    assert (again.status, again.counts, again.n_loaded) == (first.status, first.counts, 1)
    assert [a.batch for a in place.ledger.arrivals("s")] == [1]


@pytest.mark.parametrize(
    "fault", ["copy", "place", "write", "rows", "ledger"]
)  # where the process dies
def test_a_crash_anywhere_and_a_rerun_equal_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    content = csv("1,a", "2", '3,"b\nc"')
    smooth, crashed = Place(tmp_path / "smooth"), Place(tmp_path / "crashed")
    for place in (smooth, crashed):
        place.put("x.csv", content)
    smooth.land()

    def die(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    at = {
        "copy": (os, "read"),
        "place": (receive, "put_in_place"),
        "write": (rows._Rows, "write"),
        "rows": (rows, "sha256_of"),
        "ledger": (type(crashed.ledger), "add_arrival"),
    }[fault]
    monkeypatch.setattr(*at, die)
    with pytest.raises(KeyboardInterrupt):
        crashed.land(done=False)
    monkeypatch.undo()
    crashed.night = 0
    crashed.land()
    assert crashed.rows() == smooth.rows() == [("1", "a"), ("3", "b\nc")]
    assert crashed.lines() == smooth.lines()
    for kind in ("rows", "raw"):
        there = [sorted(p.name for p in (home.root / "landing" / kind / "s").iterdir())
                 for home in (smooth.home, crashed.home)]  # fmt: skip
        assert there[0] == there[1]


def test_damaged_rows_are_made_again_from_what_was_received(place: Place) -> None:
    place.put("x.csv", csv("1,a"))
    place.land()
    (arrival,) = place.ledger.arrivals("s")
    path = place.home.rows_file("s", arrival.file_id)
    for damage in (b"gone", None):
        if damage is None:
            path.unlink()
        else:
            path.write_bytes(damage)
        assert place.rows() == [("1", "a")]
        assert sha256_of(path) == arrival.rows_sha256


def test_damaged_bytes_are_told_not_used(place: Place) -> None:
    place.put("x.csv", csv("1,a"))
    place.land()
    (arrival,) = place.ledger.arrivals("s")
    place.home.rows_file("s", arrival.file_id).unlink()
    raw = next(place.home.raw_dir("s").iterdir())
    raw.write_bytes(raw.read_bytes().replace(b"a", b"b"))
    with pytest.raises(LandingDamaged, match="restore it from the backup"):
        place.sql()


def test_a_home_whose_path_holds_a_quote(tmp_path: Path) -> None:
    place = Place(tmp_path / "o'brien ünï")
    place.put("x.csv", csv("1,a"))
    place.land()
    assert place.rows() == [("1", "a")]


def test_names_and_values_are_no_sql(place: Place) -> None:
    place.put('it\'s "x".csv', '"a""b",it\'s\n1,2\n')
    place.land()
    found = duckdb.connect().execute(f'select "a""b", "it\'s", _file from ({place.sql()})')
    assert found.fetchall() == [("1", "2", 'it\'s "x".csv')]


def test_an_empty_source_has_the_columns_of_its_mappings(place: Place) -> None:
    place.maps(order_id="Order ID", ordered_at="when")
    found = duckdb.connect().execute(place.sql())
    assert [c[0] for c in found.description] == [
        "Order ID", "when", "_file", "_line", "_received_at", "_row",
    ]  # fmt: skip
    assert found.fetchall() == []


def test_progress_says_what_was_set_aside_at_once(place: Place) -> None:
    place.put("x.csv", csv("1,a", "2"))
    place.put("y.csv", csv("3,a"))  # plain files are said now and then, these were too quick
    place.land()
    assert place.said == ["  s: x.csv, 1 rows, 1 set aside"]
