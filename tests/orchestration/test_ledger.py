"""The ledger: what is put is read back, and a batch stays open until it is done."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from orchestration.ledger import (
    Arrival,
    Book,
    FileStat,
    Ledger,
    Run,
    SourceNight,
    Step,
    Version,
)

NOW = datetime(2025, 3, 1, 2, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state" / "ledger.sqlite")


def arrival(**changes: object) -> Arrival:
    base = Arrival(
        source="orders", file_id="0" * 16, sha256="0" * 64, name="a.csv", path="in/a.csv",
        bytes=10, format="csv", batch=1, received_at=NOW, mtime_ns=1, status="loaded",
    )  # fmt: skip
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def test_a_batch_stays_open_until_done(ledger: Ledger) -> None:
    assert ledger.open_batch("r1", NOW) == 1
    assert ledger.open_batch("r2", NOW) == 1
    ledger.finish_batch(1, date(2025, 2, 28), NOW)
    assert ledger.open_batch("r3", NOW) == 2
    first, second = ledger.batches()
    assert (first.status, first.night_on, first.run_id) == ("done", date(2025, 2, 28), "r1")
    assert (second.status, second.night_on) == ("open", None)


def test_arrivals_in_order_and_by_batch(ledger: Ledger) -> None:
    for batch, name in [(1, "b.csv"), (1, "a.csv"), (2, "c.csv")]:
        ledger.add_arrival(arrival(batch=batch, name=name))
    ledger.add_arrival(arrival(source="other"))
    assert [a.name for a in ledger.arrivals("orders")] == ["b.csv", "a.csv", "c.csv"]
    assert [a.name for a in ledger.arrivals("orders", through_batch=1)] == ["b.csv", "a.csv"]
    assert len(ledger.arrivals()) == 4


def test_an_arrival_with_its_seq_is_replaced(ledger: Ledger) -> None:
    ledger.add_arrival(arrival())
    (found,) = ledger.arrivals("orders")
    ledger.add_arrival(dataclasses.replace(found, n_parsed=7))
    assert [(a.seq, a.n_parsed) for a in ledger.arrivals("orders")] == [(found.seq, 7)]


def test_every_record_is_read_back_as_put(ledger: Ledger) -> None:
    run = Run("r", date(2025, 2, 28), NOW, "failed", NOW, "why", None, "b", "f")
    step = Step("r", "b", "core", NOW, 1.5, 2.5, 10)
    night = SourceNight("r", "orders", "failed", "file.missing", "no file", data_through_at=NOW)
    version = Version("v1", "b", date(2025, 2, 28), NOW, "s", 5, "c", "f")
    ledger.put_run(run)
    ledger.add_step(step)
    ledger.put_source_night(night)
    ledger.add_version(version)
    assert ledger.runs() == [run]
    assert ledger.steps("r") == [step]
    assert ledger.source_nights("r") == [night]
    assert ledger.versions() == [version]
    stat = FileStat("in/a.csv", 1, 2, 3, 4, "s")
    ledger.remember_stat(stat)
    assert ledger.file_stat("in/a.csv") == stat
    assert ledger.file_stat("in/b.csv") is None


def test_a_run_is_written_over(ledger: Ledger) -> None:
    ledger.put_run(Run("r", None, NOW))
    ledger.put_run(Run("r", None, NOW, "done", NOW))
    assert [r.status for r in ledger.runs()] == ["done"]


def test_books_are_replaced_whole(ledger: Ledger) -> None:
    def book(value: int, measure: str) -> Book:
        return Book(1, "s", "f", "orders", 0, "map", measure, value)

    ledger.replace_books(1, "orders", [book(3, "mapped"), book(1, "dropped")])
    ledger.replace_books(1, "orders", [book(4, "mapped")])
    assert ledger.books(1, "orders") == [book(4, "mapped")]
    with pytest.raises(ValueError, match="another batch"):
        ledger.replace_books(2, "orders", [book(5, "mapped")])
    assert ledger.books() == [book(4, "mapped")], "a failed write leaves the books as they were"


def test_times_need_an_offset_and_are_kept_in_utc(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="offset"):
        ledger.add_arrival(arrival(received_at=datetime(2025, 3, 1)))
    local = NOW.astimezone(timezone(timedelta(hours=-3)))
    ledger.add_arrival(arrival(received_at=local))
    assert ledger.arrivals()[0].received_at == NOW


def test_facts_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.add_arrival(arrival())
    with Ledger(path) as ledger:
        assert len(ledger.arrivals()) == 1
    assert not [p for p in tmp_path.iterdir() if p.name != "ledger.sqlite"], "no WAL, no journal"
