"""What arrives broken stops the night with one line, and the last version serves on.

Each case begins with a copy of the home after the first night. That a mended night then publishes
is told once, with several of these in a row, in the second night of the story.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.nights.later_nights import PDF, third_bad
from tests.nights.small_company import (
    ANSWERS,
    COMPANY,
    CRM,
    FEEDS,
    MONDAY,
    SALES,
    SOURCES,
    TUESDAY,
    Outcome,
    SmallCompany,
    call,
    personal_values,
)

XLSX = b"PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml" + bytes(200)
HTML = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"


def assert_stopped(company: SmallCompany, outcome: Outcome, *words: str, code: int = 1) -> None:
    """One line that says what and where; the last version serves and can be asked."""
    assert outcome.code == code, outcome.all
    for word in words:
        assert word in outcome.line, f"{word!r} is not in: {outcome.line}"
    assert "Traceback" not in outcome.all and 'File "' not in outcome.all
    assert [v for v in personal_values() if v.decode() in outcome.all] == []
    asked = company.command("query", "select version from meta.pub_snapshot", "--format", "csv")
    assert (asked.code, asked.out.split()) == (0, ["version", "v000001"])
    assert company.home.current.readlink() == Path("versions/v000001.duckdb")
    assert [path.name for path in company.home.versions.iterdir()] == ["v000001.duckdb"]


def write(name: str, content: bytes) -> Callable[[SmallCompany], None]:
    return lambda company: (company.raw / name).write_bytes(content) and None


def rename_a_column(company: SmallCompany) -> None:
    header = tuple("score_given" if name == "score" else name for name in ANSWERS)
    rows = [{"id": "N99", "kind": "nps", "at": "2025-03-11T08:00:00", "customer": "C01"}]
    company.put("answers_2.csv", header, rows)


def a_third_bad(company: SmallCompany) -> None:
    company.put("sales_3.csv", SALES, third_bad())


BROKEN = {
    "missing": (
        lambda company: (company.raw / "crm.csv").unlink(),
        ("source crm", "crm.csv", "no such file", "put it there"),
    ),
    "renamed column": (rename_a_column, ("source answers", "answers_2.csv", "score")),
    "a spreadsheet": (write("sales_3.csv", XLSX), ("source sales", "sales_3.csv", "csv")),
    "a PDF": (write("answers_2.csv", PDF), ("source answers", "answers_2.csv", "PDF")),
    "a web page": (write("crm.csv", HTML), ("source crm", "crm.csv", "web page")),
    "no byte": (write("crm.csv", b""), ("source crm", "crm.csv", "0 bytes")),
    "a third bad": (
        a_third_bad,
        ("feed transactions", "sales_3.csv", "33.3%", "90 rows", "limit is 5%", "amount", "mend"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_stops_the_night(after_monday: SmallCompany, case: str) -> None:
    breaking, words = BROKEN[case]
    breaking(after_monday)
    outcome = after_monday.night(TUESDAY)
    assert_stopped(after_monday, outcome, "stopped: ", *words)
    status = after_monday.command("status")
    assert status.code == 0 and "failed" in status.out and "Serving v000001" in status.out


def test_a_required_feed_that_has_no_row_stops_the_night(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.configure()
    company.put_history()
    company.put("sales_1.csv", SALES, [])
    (company.raw / "sales_2.csv").unlink()
    outcome = company.night(MONDAY)
    assert outcome.code == 1
    for word in ("stopped: gate", "feeds.transactions.row_count", "0", "at least 1"):
        assert word in outcome.line, outcome.line
    asked = company.command("query", "select 1")
    assert asked.code == 1 and "nothing has been published yet" in asked.line
    assert "othing is published yet" in company.command("status").out


def test_an_empty_snapshot_does_not_close_every_customer(after_monday: SmallCompany) -> None:
    after_monday.put("crm.csv", CRM, [])
    words = ("gate feeds.customer_records.current_rows", "0", "at least 1")
    assert_stopped(after_monday, after_monday.night(TUESDAY), *words)


def sections(**changes: Any) -> dict[str, Any]:
    feeds = copy.deepcopy(FEEDS)
    feeds["transactions"][0]["columns"] |= changes
    return {"feeds": feeds}


WRONG_FILES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "unknown column": (sections(amout="total"), ("feeds.transactions", "amout", "amount")),
    "unknown source": (
        {"sources": {k: v for k, v in SOURCES.items() if k != "calls"}},
        ("calls", "feeds.interactions"),
    ),
    "unknown gate": ({"gates": {"core.fct_order.rowcount": {"min": 1}}}, ("gates.", "no gate")),
    "missing variable": (
        {"sources": SOURCES | {"crm": {"files": "${NOT_SET_DIR}/x.csv"}}}, ("NOT_SET_DIR",),
    ),
    "unknown zone": ({"company": COMPANY | {"timezone": "Europe/Atlantis"}}, ("timezone",)),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_company_file_is_exit_2(after_monday: SmallCompany, case: str) -> None:
    changes, words = WRONG_FILES[case]
    after_monday.configure(**changes)
    before = after_monday.files("landing", "feeds", "state", "builds")
    outcome = after_monday.night(TUESDAY)
    assert_stopped(after_monday, outcome, "company.yml", "line ", *words, code=2)
    assert len(outcome.err.strip().splitlines()) == 1
    assert after_monday.files("landing", "feeds", "state", "builds") == before


def test_a_company_file_that_is_not_there_or_no_yaml_is_exit_2(after_monday: SmallCompany) -> None:
    after_monday.file.write_text("company: [name: {")
    assert_stopped(after_monday, after_monday.night(TUESDAY), "company.yml", "line", code=2)
    after_monday.file.unlink()
    assert_stopped(after_monday, after_monday.night(TUESDAY), "company.yml", code=2)


@pytest.mark.parametrize("day", ["2999-01-01", "tomorrow", "2025-02-30"])
def test_a_date_that_is_none_or_has_not_ended_is_exit_2(
    after_monday: SmallCompany, day: str
) -> None:
    outcome = after_monday.command("run", "--company", after_monday.file, "--as-of", day)
    assert_stopped(after_monday, outcome, day, "as-of", code=2)
    assert len(outcome.err.strip().splitlines()) == 1


def test_a_wrong_command_is_one_line(tmp_path: Path) -> None:
    for words in (("night",), ("run", "--bogus"), ("query",)):
        outcome = call(*words)
        assert outcome.code == 2 and len(outcome.err.strip().splitlines()) == 1, outcome.err


def test_wrong_sql_and_a_writing_one_are_one_line(after_monday: SmallCompany) -> None:
    writing = ("drop table core.dim_date", "copy core.dim_date to 'x.csv'", "set threads = 1")
    reading = ("select nothing from nowhere", "select * from read_csv('/etc/passwd')")
    for sql in (*writing, *reading):
        for style in ("table", "csv"):
            outcome = after_monday.command("query", sql, "--format", style)
            assert_stopped(after_monday, outcome, code=2)


def test_a_second_run_finds_the_lock(after_monday: SmallCompany) -> None:
    before = after_monday.files("state", "feeds", "builds", "published", "dagster")
    with after_monday.home.lock():
        outcome = after_monday.night(TUESDAY)
        assert_stopped(after_monday, outcome, "another run", "lock", "wait", code=3)
        assert len(outcome.err.strip().splitlines()) == 1
        rolled = after_monday.command("rollback")
        assert rolled.code == 3
    assert after_monday.files("state", "feeds", "builds", "published", "dagster") == before
