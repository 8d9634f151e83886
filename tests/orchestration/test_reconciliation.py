"""Figures of vendors as their sources state them, and the answers that mappings leave out."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.company import load_company
from orchestration.home import Home
from orchestration.ingest import land, write
from orchestration.night import Night, close_night, open_night
from orchestration.reconciliation import judge_figures, write_reconciliation

NIGHT = dt.date(2025, 4, 3)
FIGURE: dict[str, Any] = {
    "metric": "nps", "survey": "s", "from": "tool", "period": "When", "grain": "quarter",
    "figure": "NPS", "answers": "n", "vendor": {"answers": "all", "timezone": "UTC"},
}  # fmt: skip
STATED = [("2024-Q4", "41,5", "1200"), ("2025 Q1", "-3", "7"), ("2025-Q1", "-2,25", "8"),
          ("soon", "1", "1"), ("2024-Q3", "n/a", "1")]  # fmt: skip


def night_of(folder: Path, stated: list[tuple[str, ...]] | None, **changes: Any) -> Night:
    """A night with a survey of two answers and a tester's two, and the tool's figures."""
    company = {
        "company": {"name": "T", "timezone": "Europe/Berlin", "currency": "EUR", "country": "DE"},
        "sources": {
            "answers": {"files": "answers.csv"},
            "tool": {"files": "t.csv", "decimal": ",", "delimiter": ";", "required": False},
        },
        "feeds": {"survey_responses": [{
            "from": "answers",
            "columns": {"submission_id": "id", "responded_at": "at", "email": "mail",
                        "is_complete": "done"},
            "formats": {"responded_at": "%d.%m.%Y %H:%M"},
            "set": {"survey_id": "s"},
            "drop_where": "mail like '%@shop.example'",
            "questions": {"How likely?": {"metric_type": "nps", "question_id": "q"},
                          "Why?": {"metric_type": "open", "question_id": "w"}},
        }]},
        "controls": {"theirs": FIGURE | changes},
    }  # fmt: skip
    (folder / "company.yml").write_text(yaml.safe_dump(company))
    rows = [
        ("1", "02.04.2025 10:00", "ann@mail.example", "true", "9", ""),
        ("2", "02.04.2025 11:00", "bob@mail.example", "true", "3", "late"),
        ("3", "01.04.2025 00:30", "tess@shop.example", "true", "10", "test"),
        ("4", "02.04.2025 12:00", "tom@shop.example", "false", "", "test"),
    ]
    with (folder / "answers.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("id", "at", "mail", "done", "How likely?", "Why?"), *rows])
    if stated is not None:
        with (folder / "t.csv").open("w", newline="") as file:
            csv.writer(file, delimiter=";").writerows([("When", "NPS", "n"), *stated])
    night = open_night(
        load_company(folder / "company.yml", {}), Home(folder / "home"), "r", NIGHT, is_exact=True
    )
    for source in ("answers", "tool"):
        land(night, source)
    write(night, "survey_responses")
    night.build_id = "b"
    night.build.mkdir(parents=True)
    return night


@pytest.fixture(autouse=True)
def closed() -> Any:
    yield
    close_night("r")


def written(night: Night, table: str) -> list[dict[str, Any]]:
    write_reconciliation(night)
    path = night.build / "reconciliation" / f"{table}.parquet"
    with duckdb.connect() as con:
        return con.read_parquet(str(path)).to_arrow_table().to_pylist()


def test_periods_and_figures_are_read_as_vendors_write_them(tmp_path: Path) -> None:
    first, second = written(night_of(tmp_path, STATED), "vendor_figure")
    assert (first["period_start_on"], first["vendor_value"], first["n_vendor"]) == (
        dt.date(2024, 10, 1), 41.5, 1200,
    )  # fmt: skip
    # of a period that is stated twice the later row
    assert (second["period_start_on"], second["vendor_value"]) == (dt.date(2025, 1, 1), -2.25)
    assert (first["counts_repeated"], first["counts_incomplete"]) == (True, None)
    assert (first["time_zone"], first["date_used"]) == ("UTC", "answered")


def test_what_the_mapping_drops_is_kept_without_anybodys_name(tmp_path: Path) -> None:
    (row,) = written(night_of(tmp_path, STATED), "left_out_answer")
    assert row == {
        "answer_key": 1, "survey_id": "s", "metric_type": "nps", "score": 10.0,
        "responded_at": dt.datetime(2025, 3, 31, 22, 30), "scale_min": None, "scale_max": None,
        "is_complete": True,
    }  # fmt: skip
    files = (tmp_path / "home" / "builds").rglob("*.parquet")
    assert not any(b"tess" in file.read_bytes() for file in files)


def test_only_the_rows_that_are_meant_are_read(tmp_path: Path) -> None:
    (row,) = written(night_of(tmp_path, STATED, where="n = '1200'"), "vendor_figure")
    assert row["vendor_value"] == 41.5


@pytest.mark.parametrize(
    ("stated", "change", "passed", "is_skipped"),
    [
        (STATED, {}, True, False),
        (None, {}, True, True),  # nothing was stated yet
        (STATED, {"figure": "Score"}, False, False),  # a column that is not there
        ([("soon", "1", "1")], {}, False, False),  # no period can be read
    ],
)
def test_a_gate_says_whether_figures_can_be_read_and_stops_nothing(
    tmp_path: Path, stated: Any, change: Any, passed: bool, is_skipped: bool
) -> None:
    night = night_of(tmp_path, stated, **change)
    (result,) = judge_figures(night)
    assert (result.gate, result.passed, result.is_skipped) == (
        "feeds.survey_responses.control_theirs", passed, is_skipped,
    )  # fmt: skip
    assert not result.stops
    if not passed:
        assert written(night, "vendor_figure") == []
