"""Controls: a source's own totals against what its feed holds, day by day."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.company import load_company
from orchestration.controls import judge_controls
from orchestration.home import Home
from orchestration.ingest import land, write
from orchestration.night import close_night, open_night
from quality.gates import CheckResult

NIGHT = dt.date(2025, 4, 3)
CONTROL: dict[str, Any] = {
    "feed": "transactions", "measure": "amount", "from": "z_reports", "day": "Tag",
    "total": "Summe", "format": "%d.%m.%Y",
}  # fmt: skip


def judged(folder: Path, totals: list[tuple[str, str]] | None, **changes: Any) -> CheckResult:
    """What the control says of two days with receipts of 10 and 32.50, and of 5."""
    folder.mkdir(exist_ok=True)
    company = {
        "company": {"name": "T", "timezone": "Europe/Berlin", "currency": "EUR", "country": "DE"},
        "sources": {
            "till": {"files": "till.csv"},
            "z_reports": {"files": "z.csv", "decimal": ",", "delimiter": ";", "required": False},
        },
        "feeds": {
            "transactions": [
                {
                    "from": "till",
                    "columns": {"transaction_id": "id", "occurred_at": "at", "amount": "eur"},
                }
            ]
        },
        "controls": {"till_total": CONTROL | changes},
    }
    (folder / "company.yml").write_text(yaml.safe_dump(company))
    with (folder / "till.csv").open("w", newline="") as file:
        rows = [("a", "2025-04-02T10:00:00", "10.00"), ("b", "2025-04-02T11:00:00", "32.50"),
                ("c", "2025-04-03T09:00:00", "5.00")]  # fmt: skip
        csv.writer(file).writerows([("id", "at", "eur"), *rows])
    if totals is not None:
        with (folder / "z.csv").open("w", newline="") as file:
            csv.writer(file, delimiter=";").writerows([("Tag", "Summe"), *totals])
    night = open_night(
        load_company(folder / "company.yml", {}), Home(folder / "home"), "r", NIGHT, is_exact=True
    )
    try:
        land(night, "till")
        land(night, "z_reports")
        write(night, "transactions")
        (result,) = judge_controls(night)
        return result
    finally:
        close_night("r")


def test_totals_that_agree_pass(tmp_path: Path) -> None:
    result = judged(tmp_path / "c", [("02.04.2025", "42,50"), ("03.04.2025", "5,00")])
    assert result.passed and not result.is_skipped
    assert (result.observed, result.n_rows) == (0, 2)
    assert result.gate == "feeds.transactions.control_till_total"


@pytest.mark.parametrize(
    ("totals", "observed"),
    [
        ([("02.04.2025", "45,00"), ("03.04.2025", "5,00")], -2.5),  # a receipt is missing
        ([("02.04.2025", "42,50"), ("01.04.2025", "7,00")], -7.0),  # a day is missing
        ([("02.04.2025", "42,50"), ("03.04.2025", "4,99")], 0.01),  # a cent too many
    ],
)
def test_totals_that_differ_stop_and_say_by_how_much(
    tmp_path: Path, totals: list[tuple[str, str]], observed: float
) -> None:
    result = judged(tmp_path / "c", totals)
    assert result.stops
    assert result.observed == pytest.approx(observed)
    assert "source z_reports says" in result.message and "the feed holds" in result.message


def test_a_difference_within_the_tolerance_passes_and_a_warning_stops_nothing(
    tmp_path: Path,
) -> None:
    totals = [("02.04.2025", "43,00")]
    assert judged(tmp_path / "a", totals, tolerance=0.02).passed
    warned = judged(tmp_path / "b", totals, severity="warn")
    assert not warned.passed and not warned.stops


def test_rows_are_counted_where_rows_are_stated(tmp_path: Path) -> None:
    assert judged(tmp_path / "a", [("02.04.2025", "2")], measure="rows").passed
    assert judged(tmp_path / "b", [("02.04.2025", "3")], measure="rows").stops


def test_nothing_stated_is_shown_as_not_judged(tmp_path: Path) -> None:
    assert judged(tmp_path / "a", None).is_skipped
    assert judged(tmp_path / "b", [("02.04.2020", "1,00")]).is_skipped


def test_a_total_that_is_no_number_or_column_that_is_not_there_fails(tmp_path: Path) -> None:
    assert judged(tmp_path / "a", [("02.04.2025", "much")]).stops
    assert judged(tmp_path / "b", [("02.04.2025", "42,50")], total="Betrag").stops
