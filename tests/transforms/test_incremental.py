"""A night reads the days that it touched, and leaves what a rebuild of everything would give."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transforms.build_fixture import SmallCompany

LAYERS = ("staging", "core")
COMPARED = {
    "warehouse": (
        "keyed.base_orders",
        "keyed.base_transactions",
        "keyed.base_interactions",
        "keyed.base_survey_responses",
        "keyed.base_fx_rates",
        "core.fct_order",
        "core.fct_transaction",
        "core.fct_survey_response",
        "core.fct_contact",
        "core.customer_timeline",
        "keyed.golden_customer",
        "keyed.customer_activity",
    ),
    "restricted": ("main.feedback_text", "main.customer_attribute"),
}


def first_night(company: SmallCompany) -> None:
    """Three days of history, one of them with a single order that the next night takes away."""
    at = "2024-03-0{} 10:00:00+00"
    for day, person in enumerate(("ana", "ben", "eve"), start=1):
        order = {"person": person, "order_id": f"o{day}", "ordered_at": at.format(day)}
        company.rows("orders", [order | {"status": "shipped"}])
        line = {"transaction_id": f"t{day}", "order_id": f"o{day}", "amount": 10 * day}
        company.rows("transactions", [line | {"occurred_at": at.format(day), "currency": "USD"}])
    company.rows("customer_records", [{"person": "ana", "region": "Hesse"}])
    answer = {"survey_id": "s", "metric_type": "csat", "responded_at": at.format(3)}
    answer |= {"scale_min": 1, "scale_max": 5}
    company.rows(
        "survey_responses",
        [
            answer | {"response_id": "a1", "score": 5, "order_id": "o1", "comment": "fine"},
            answer | {"response_id": "a9", "score": 5, "responded_at": "2024-03-04 23:30:00+00"},
        ],
    )
    company.night(1, "2024-03-04")


def second_night(company: SmallCompany) -> None:
    """A new day, a late row, an update, a deletion, a rate, and a row that as_of lets in."""
    at = "2024-03-0{} 10:00:00+00"
    new = {"person": "ana", "order_id": "o5", "ordered_at": at.format(5)}
    late = {"person": "ben", "order_id": "late", "ordered_at": at.format(1)}
    changed = {"person": "ben", "order_id": "o2", "ordered_at": at.format(2)}
    gone = {"person": "eve", "order_id": "o3", "ordered_at": at.format(3), "is_deleted": True}
    company.rows("orders", [new, late, changed | {"status": "cancelled"}, gone])
    moved = {"transaction_id": "t3", "order_id": "o3", "amount": 30, "currency": "USD"}
    company.rows("transactions", [moved | {"occurred_at": at.format(1)}])
    rate = {"currency": "USD", "on_date": "2024-03-01", "rate_to_reporting": 0.9}
    company.rows("fx_rates", [rate])
    call = {"interaction_id": "i1", "person": "ana", "channel": "phone"}
    call |= {"interaction_type": "call", "occurred_at": at.format(5)}
    company.rows("interactions", [call])
    company.same_person("source_customer_id:ben", "ana")
    company.night(2, "2024-03-05")


def content(company: SmallCompany) -> dict[str, list[dict[str, Any]]]:
    """All compared tables, in a canonical order."""
    return {
        table: company.query(f"select * from {table} order by all", database)
        for database, tables in COMPARED.items()
        for table in tables
    }


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    """A company after two nights, the second built by its touched days alone."""
    company = SmallCompany(tmp_path_factory.mktemp("nights"))
    first_night(company)
    company.build(*LAYERS, tests=False)
    second_night(company)
    company.build(*LAYERS, full=False)
    return company


def test_a_night_gives_what_a_full_build_gives(night: SmallCompany) -> None:
    by_nights = content(night)
    assert all(by_nights[table] for table in by_nights), "an empty table proves nothing"
    night.build(*LAYERS, tests=False)
    whole = content(night)
    for table, rows in whole.items():
        assert by_nights[table] == rows, table


def test_late_updated_deleted_moved_and_entering_rows_are_there(night: SmallCompany) -> None:
    orders = {row["order_id"]: row for row in night.query("select * from core.fct_order")}
    assert set(orders) == {"o1", "o2", "o5", "late"}, "o3 was deleted, and its day is empty"
    assert orders["o2"]["is_cancelled"]
    assert orders["o2"]["customer_id"] == "cust-ana", "merged tonight"
    lines = night.query("select * from keyed.base_transactions order by transaction_id")
    assert [str(row["occurred_on"]) for row in lines] == ["2024-03-01", "2024-03-02", "2024-03-01"]
    answers = night.query("select response_id from core.fct_survey_response order by 1")
    assert [row["response_id"] for row in answers] == ["a1", "a9"]


def test_days_that_were_not_touched_are_not_read(night: SmallCompany) -> None:
    night.rows("orders", [{"order_id": "o6", "ordered_at": "2024-03-06 10:00:00+00"}])
    night.night(3, "2024-03-06")
    # A change that no batch speaks of: only a day that is read again could show it.
    silent = night.stored["orders"][0]
    silent["status"] = "delivered"
    night.build(select=["stg_orders", "base_orders"], full=False, tests=False)
    silent["status"] = "shipped"
    found = night.query("select order_id, status from keyed.base_orders order by 1")
    assert {"order_id": "o1", "status": "shipped"} in found
    assert "o6" in {row["order_id"] for row in found}
