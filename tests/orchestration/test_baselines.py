"""Numbers from night to night: days of a first batch, what a stopped night leaves, waivers."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.assets.baselines import report_baselines, sparkline
from orchestration.baselines import judge_baselines
from orchestration.company import load_company
from orchestration.home import Home
from orchestration.ingest import land, settle, write
from orchestration.ledger import Waiver
from orchestration.night import Night, close_night, open_night
from orchestration.waivers import waived
from quality.gates import CheckResult, stopping

FIRST = dt.date(2025, 3, 31)
N_PAST = 70
COMPANY = {
    "company": {"name": "T", "timezone": "Europe/Berlin", "currency": "EUR", "country": "DE"},
    "sources": {"till": {"files": "till_*.csv"}},
    "feeds": {
        "transactions": [
            {
                "from": "till",
                "columns": {"transaction_id": "id", "occurred_at": "at", "amount": "eur"},
            }
        ]
    },
}  # fmt: skip


class Shop:
    """A company with one till, run feed by feed as a night does up to its gates."""

    def __init__(self, folder: Path, n_past: int = N_PAST) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "company.yml").write_text(yaml.safe_dump(COMPANY))
        self.home = Home(folder / "home")
        self.number = 0
        self.deliver("past", [FIRST - dt.timedelta(n) for n in range(n_past)])

    def deliver(self, name: str, days: list[dt.date], factor: int = 1) -> None:
        """Write a file with some 60 receipts a day."""
        with (self.folder / f"till_{name}.csv").open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["id", "at", "eur"])
            for day in days:
                for i in range(60 + day.toordinal() % 5):
                    self.number += 1
                    euros = factor * (10 + (self.number * 37) % 23)
                    at = f"{day}T{9 + i % 10:02d}:{i % 60:02d}:00"
                    out.writerow([f"R{self.number}", at, f"{euros}.00"])

    def night(self, day: dt.date, finish: bool = True) -> list[CheckResult]:
        """What the learnt gates say of a night, which is finished unless one of them stops it."""
        run_id = f"run-{day}-{self.number}"
        night: Night = open_night(
            load_company(self.folder / "company.yml", {}), self.home, run_id, day, is_exact=True
        )
        try:
            land(night, "till")
            write(night, "transactions")
            results = waived(night, judge_baselines(night, {"transactions"}))
            if finish and not stopping(results):
                settle(night)
            return results
        finally:
            close_night(run_id)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    yield Shop(tmp_path / "shop")


def of(results: list[CheckResult], check: str) -> CheckResult:
    return next(r for r in results if r.gate == f"feeds.transactions.till.{check}")


def test_a_first_night_with_a_past_is_judged_by_days_and_stops_nothing(shop: Shop) -> None:
    results = shop.night(FIRST)
    volume = of(results, "volume")
    assert not volume.is_skipped
    assert volume.observed == 60 + FIRST.toordinal() % 5
    assert volume.n_history is not None and volume.n_history > 28
    assert [r.message for r in results if not r.passed] == []


def test_a_first_day_without_a_past_is_learnt_from_and_not_judged(tmp_path: Path) -> None:
    results = Shop(tmp_path / "shop", n_past=1).night(FIRST)
    assert results and all(r.is_skipped and r.passed for r in results)
    assert of(results, "volume").limit == "learning: 0 of 14 days that it needs"


def test_a_caught_fault_does_not_become_what_is_usual(shop: Shop) -> None:
    shop.night(FIRST)
    bad = FIRST + dt.timedelta(1)
    shop.deliver("bad", [bad], factor=100)
    level = of(shop.night(bad), "level_amount")
    assert level.stops
    assert level.observed is not None and level.expected is not None
    assert level.observed > level.stop_upper > level.expected  # type: ignore[operator]
    assert "source till" in level.message
    again = of(shop.night(bad), "level_amount")
    assert again.stops
    assert again.history == level.history  # the stopped night is not in it


def test_a_waived_night_passes_with_its_number_and_is_learnt(shop: Shop) -> None:
    shop.night(FIRST)
    bad = FIRST + dt.timedelta(1)
    shop.deliver("bad", [bad], factor=100)
    stopped = {r.gate for r in stopping(shop.night(bad))}
    night = open_night(
        load_company(shop.folder / "company.yml", {}), shop.home, "w", bad, is_exact=True
    )
    for gate in sorted(stopped):
        night.ledger.add_waiver(Waiver(gate, bad, bad, "Ada", "new prices", night.started_at))
    close_night("w")
    results = shop.night(bad)
    level = of(results, "level_amount")
    assert (level.is_waived, level.passed, level.waived_by) == (True, False, "Ada")
    assert stopping(results) == []
    shop.deliver("next", [bad + dt.timedelta(1)])
    after = of(shop.night(bad + dt.timedelta(1)), "level_amount")
    assert json.loads(str(after.history))[-1] == pytest.approx(level.observed, abs=1e-6)


def test_a_night_without_a_file_is_noticed(shop: Shop) -> None:
    shop.night(FIRST)
    volume = of(shop.night(FIRST + dt.timedelta(1)), "volume")
    assert not volume.passed
    assert volume.observed == 0
    assert volume.severity == "warn"  # young: nobody knows yet how often files come


def test_only_what_is_new_is_counted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.night(FIRST)
    counted: list[Any] = []
    import orchestration.baselines as module

    real = module.collect

    def spy(*arguments: Any, **named: Any) -> None:
        counted.extend(window.batch for window in arguments[3])
        real(*arguments, **named)

    monkeypatch.setattr(module, "collect", spy)
    shop.deliver("next", [FIRST + dt.timedelta(1)])
    shop.night(FIRST + dt.timedelta(1))
    assert counted == [2]


def test_lost_numbers_are_counted_anew_and_alike(shop: Shop) -> None:
    shop.night(FIRST)
    shop.deliver("next", [FIRST + dt.timedelta(1)])
    shop.night(FIRST + dt.timedelta(1))
    shop.deliver("third", [FIRST + dt.timedelta(2)])
    with_file = shop.night(FIRST + dt.timedelta(2), finish=False)
    (kept,) = (shop.home.root / "state" / "gates").glob("numbers-*.parquet")
    kept.unlink()
    assert shop.night(FIRST + dt.timedelta(2), finish=False) == with_file


def test_the_check_shows_tonight_against_limits_and_past(shop: Shop) -> None:
    shop.night(FIRST)
    bad = FIRST + dt.timedelta(1)
    shop.deliver("bad", [bad], factor=100)
    (shown,) = report_baselines(["transactions"], shop.night(bad))
    assert not shown.passed
    assert shown.description and "level_amount" in shown.description
    assert "| STOPS |" in str(shown.metadata["gates"].value)
    assert float(shown.metadata["till.volume"].value) == 60 + bad.toordinal() % 5


def test_bars_rise_with_numbers_and_gaps_show() -> None:
    assert sparkline([0, 5, None, 10]) == "▁▅·█"
    assert sparkline([2.0, 2.0]) == "▁▁"
    assert sparkline([None]) == ""


def test_numbers_hold_no_personal_value(shop: Shop) -> None:
    shop.night(FIRST)
    (kept,) = (shop.home.root / "state" / "gates").glob("numbers-*.parquet")
    items = duckdb.execute(
        "select distinct measure || field from read_parquet(?) where item <> ''", [str(kept)]
    ).fetchall()
    assert {item for (item,) in items} <= {
        "hours", "profile", "mixcurrency", "levelamount", "sizesamount", "mixline_type",
    }  # fmt: skip


def test_a_long_past_is_counted_in_parts_as_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    for name, rows in (("at_once", 10**9), ("in_parts", 500)):
        monkeypatch.setattr("quality.gates.baselines.numbers.PASS_ROWS", rows)
        shop = Shop(tmp_path / name)
        shop.deliver("later", [FIRST + dt.timedelta(2)])  # a day to come, told with the last pass
        shop.night(FIRST, finish=False)
        kept = tmp_path / name / "home" / "state" / "**" / "numbers-*.parquet"
        counted.append(
            duckdb.sql(f"select * exclude (batch) from '{kept}' order by all").fetchall()
        )
    assert len(counted[0]) > 1000
    assert counted[0] == counted[1]
