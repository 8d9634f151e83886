"""A text that a mapping's own SQL could not read is counted like one of a mapped column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.feeds.mapping import create_macros
from orchestration.feeds.unread import with_unread
from tests.orchestration.feeds.company_home import CompanyHome, csv

HEADER = "id,moment,amount,cost,off,sent,mail"
LINES = (
    "select t._row, t.id as transaction_id, ts(t.moment) as occurred_at,"
    " num(t.amount) - num(t.off) as amount, num(t.cost) * 2 as cost_amount,"
    " coalesce(num(t.off), 0) as discount_amount, t.mail as email from till t"
)


def company_of(root: Path, feed: str, sql: str, **source: Any) -> CompanyHome:
    sources = {"till": {"files": "till.csv"} | source}
    return CompanyHome(root, sources, {feed: [{"from": "till", "sql": sql}]})


def test_an_optional_field_becomes_null_with_its_reason_and_text(tmp_path: Path) -> None:
    company = company_of(tmp_path, "transactions", LINES)
    company.put(
        "till.csv",
        csv(HEADER, "a,2024-03-01,10,5,1,,a@b.eu", "b,2024-03-01,10,5 EUR,1,,a@b.eu",
            "c,2024-03-01,10,,1,,a@b.eu"),
    )  # fmt: skip
    (result,) = company.night()
    assert company.current("transactions", "transaction_id, cost_amount") == [
        ("a", 10), ("b", None), ("c", None)
    ]  # fmt: skip
    assert company.coerced("transactions") == [("cost_amount", "f.type", "5 EUR")]
    assert (result.n_coerced, result.reasons["f.type:cost_amount"]) == (1, 1)


def test_a_required_field_says_that_it_was_there_but_could_not_be_read(tmp_path: Path) -> None:
    company = company_of(tmp_path, "transactions", LINES)
    company.put(
        "till.csv",
        csv(HEADER, "a,01.03.2024,10,5,0,,a@b.eu", "b,2024-03-01,ten,5,0,,a@b.eu",
            "c,2024-03-01,10,5,free,,a@b.eu", "d,2024-03-01,10,5,0,,a@b.eu"),
    )  # fmt: skip
    company.night()
    found = company.quarantined("transactions", "details, raw_text")
    assert [details for details, _ in found] == [
        ["f.required:occurred_at", "ts.type:occurred_at"],
        ["amount.type", "f.required:amount"],
        ["amount.type", "f.required:amount"],
    ]
    assert '"01.03.2024"' in found[0][1]
    assert '"ten"' in found[1][1]
    assert '"free"' in found[2][1]


def test_a_number_of_the_other_decimal_sign_is_not_taken_for_another(tmp_path: Path) -> None:
    company = company_of(tmp_path, "transactions", LINES, decimal=",", delimiter=";")
    header = HEADER.replace(",", ";")
    company.put("till.csv", csv(header, "a;2024-03-01;1,5;2.5;0;;a@b.eu"))
    company.night()
    assert company.current("transactions", "amount, cost_amount") == [(1.5, None)]
    assert company.coerced("transactions") == [("cost_amount", "f.type", "2.5")]


def test_what_cannot_be_read_is_found_in_each_part_of_a_union_and_in_sums(tmp_path: Path) -> None:
    sql = (
        "select _row, 'x' || id as order_id, ts(moment) as ordered_at, day(sent) as promised_on,"
        " mail as email from till where id < 'b'"
        " union all select any_value(_row), id, max(ts(moment)), max(day(sent)), any_value(mail)"
        " from till where id >= 'b' group by id"
    )
    company = company_of(tmp_path, "orders", sql)
    company.put(
        "till.csv",
        csv(HEADER, "a,2024-03-01,,,,soon,a@b.eu", "b,2024-03-01,,,,never,a@b.eu",
            "c,2024-03-01,,,,2024-03-02,a@b.eu"),
    )  # fmt: skip
    company.night()
    assert company.coerced("orders") == [
        ("promised_on", "ts.type", "never"), ("promised_on", "ts.type", "soon")
    ]  # fmt: skip
    assert len(company.current("orders")) == 3


@pytest.mark.parametrize(
    "sql",
    [
        "select _row, id as order_id from till",
        "select distinct _row, ts(moment) as ordered_at from till",
        "select *, ts(moment) as ordered_at from till union all select *, ts(moment) from till",
        "select _row, sum(num(amount)) over (partition by id) as amount from till",
        "with a as (select *, ts(moment) as t from till) select _row, t as ordered_at from a",
        "select ,,",
    ],
)
def test_sql_that_gives_no_place_for_it_is_run_as_it_is(tmp_path: Path, sql: str) -> None:
    import duckdb

    company = company_of(tmp_path, "transactions", LINES)
    with duckdb.connect() as connection:
        create_macros(connection, company.company, "till")
        assert with_unread(connection, sql, ("order_id", "ordered_at", "amount")) is None


def test_sql_that_cannot_be_widened_after_all_is_run_as_it_is(tmp_path: Path) -> None:
    sql = (
        "select any_value(_row) as _row, id as transaction_id,"
        " any_value(ts(moment)) as occurred_at, num(amount) as amount, any_value(mail) as email"
        " from till group by id, num(amount)"
    )
    company = company_of(tmp_path, "transactions", sql)
    company.put("till.csv", csv(HEADER, "a,2024-03-01,10,5,1,,a@b.eu"))
    company.night()
    assert company.current("transactions", "transaction_id, amount") == [("a", 10)]
