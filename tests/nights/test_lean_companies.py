"""Companies with next to nothing: no row at all, one person, sources that need not come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.nights.small_company import (
    ANSWERS,
    CALLS,
    CRM,
    MONDAY,
    SALES,
    SOURCES,
    SmallCompany,
    person,
    sale,
)


def test_a_company_without_any_row_is_told_which_feed_has_none(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.configure()
    headers = {"crm": CRM, "sales_1": SALES, "answers_1": ANSWERS, "calls": CALLS}
    for name, header in headers.items():
        company.put(f"{name}.csv", header, [])
    outcome = company.night(MONDAY)
    assert outcome.code == 1
    assert outcome.line.startswith("stopped: gate feeds."), outcome.line
    assert "row_count: 0" in outcome.line and "at least 1" in outcome.line
    assert "more)" in outcome.line  # each of the four feeds
    assert not list(company.home.versions.iterdir()) and not company.builds()


def test_sources_that_need_not_come_leave_the_rest_to_be_judged(tmp_path: Path) -> None:
    """One person with one sale: the feeds of what is absent do not stop the night."""
    company = SmallCompany(tmp_path)
    optional: dict[str, Any] = {
        name: source | {"required": False} for name, source in SOURCES.items() if name != "crm"
    }
    # the one gate that is made to stop shows that no other does, without a night to its end
    company.configure(
        sources=optional | {"crm": SOURCES["crm"]},
        gates={"feeds.transactions.row_count": {"min": 2}},
    )
    company.put("crm.csv", CRM, [person(1)])
    company.put("sales_1.csv", SALES, [sale("R1", 1, MONDAY)])
    outcome = company.night(MONDAY)
    assert outcome.code == 1
    assert "feeds.transactions.row_count: 1," in outcome.line, outcome.line
    assert "more)" not in outcome.line
    lines = [line.split() for line in company.command("status").out.splitlines()]
    assert [words[1] for words in lines if words[:1] == ["calls"]] == ["skipped"]
