"""What is counted as kept aside: what stands, not what was replaced or taken in since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.kept_aside import handling_of, quarantine_frame
from tests.orchestration.feeds.company_home import CompanyHome, csv

HEADER = "id,at,name,sent"
GOOD = [f"p{n},2024-03-01,p{n}@b.eu,2024-03-02" for n in range(30)]


def kept(company: CompanyHome) -> list[tuple[Any, ...]]:
    """Stage, feed, reason, handling and number of what stands aside."""
    found = quarantine_frame(company.home, company.ledger, company.company)
    columns = ["stage", "feed", "reason_code", "handling", "n_rows"]
    return [tuple(row) for row in found[columns].itertuples(index=False)]


@pytest.fixture
def company(tmp_path: Path) -> CompanyHome:
    """One file of orders a night, each the whole of them."""
    columns = {"order_id": "id", "ordered_at": "at", "email": "name", "shipped_at": "sent"}
    mapping = {"from": "shop", "columns": columns}
    return CompanyHome(tmp_path, {"shop": {"files": "shop.csv"}}, {"orders": [mapping]})


def put(company: CompanyHome, *rows: str) -> None:
    company.put("shop.csv", csv(HEADER, *GOOD, *rows))
    company.night()


def test_a_bad_row_of_a_daily_snapshot_is_one_bad_row(company: CompanyHome) -> None:
    bad = "x1,someday,a@b.eu,2024-03-02"
    for night in range(3):
        put(company, bad, f"n{night},2024-03-01,a@b.eu,2024-03-02")
        assert ("row", "orders", "ts.type", "Q", 1) in kept(company)
    put(company)
    assert [row for row in kept(company) if row[0] == "row"] == []


def test_a_broken_line_stands_until_its_file_is_replaced(company: CompanyHome) -> None:
    broken = "x1,2024-03-01,a@b.eu"
    put(company, broken)
    put(company, broken, "z,2024-03-01,a@b.eu,2024-03-02")
    assert [row for row in kept(company) if row[0] == "line"] == [
        ("line", None, "csv.too_few_fields", "Q", 1)
    ]
    put(company)
    assert [row for row in kept(company) if row[0] == "line"] == []


def test_a_field_stands_while_its_rows_version_is_current(company: CompanyHome) -> None:
    put(company, "x1,2024-03-01,a@b.eu,soon")
    fields = [row for row in kept(company) if row[2] == "ts.type"]
    # what is kept of a field was made NULL: K, though a required field's code holds its row back
    assert fields == [("field", "orders", "ts.type", "K", 1)]
    put(company, "x1,2024-03-01,a@b.eu,soon", "y,2024-03-01,a@b.eu,2024-03-02")
    assert [row for row in kept(company) if row[2] == "ts.type"] == fields
    put(company, "x1,2024-03-01,a@b.eu,2024-03-02")
    assert [row for row in kept(company) if row[2] == "ts.type"] == []


def test_a_feed_with_reasons_of_its_own_says_why_a_field_became_null(tmp_path: Path) -> None:
    columns = {"interaction_id": "id", "occurred_at": "at", "phone": "tel", "reason": "why"}
    mapping = {
        "from": "calls", "columns": columns,
        "set": {"channel": "phone", "interaction_type": "call", "source_customer_id": "c1"},
    }  # fmt: skip
    sources = {"calls": {"files": "calls.csv"}}
    company = CompanyHome(tmp_path, sources, {"interactions": [mapping]})
    company.put("calls.csv", csv("id,at,tel,why", "i1,2024-03-01,not a number,late delivery"))
    company.night()
    assert kept(company) == [("field", "interactions", "phone.format", "K", 1)]


def test_a_row_that_finds_its_partner_later_stands_aside_no_more(tmp_path: Path) -> None:
    sql = (
        "select i._row, i.id as transaction_id, o.at as occurred_at, i.amount as amount,"
        " i.mail as email from items i left join orders o on o.id = i.of_order"
    )
    sources = {"items": {"files": "items.csv"}, "orders": {"files": "orders.csv"}}
    company = CompanyHome(tmp_path, sources, {"transactions": [{"from": "items", "sql": sql}]})
    company.put("items.csv", csv("id,amount,mail,of_order", "i1,5,a@b.eu,o1"))
    company.put("orders.csv", csv("id,at", "o9,2024-03-01"))
    company.night()
    assert kept(company) == [("row", "transactions", "f.required", "Q", 1)]
    company.put("orders.csv", csv("id,at", "o9,2024-03-01", "o1,2024-03-02"))
    company.night()
    assert kept(company) == []


def test_handling_of_a_fields_own_code_is_its_familys() -> None:
    assert (handling_of("score.range"), handling_of("csv.nul_byte")) == ("Q", "Q")
    assert handling_of("quantity.range") == "Q"
    assert handling_of("unheard.of") is None
