"""Core on one small company: who, which order, how much money, and what stays apart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from quality.contracts import load_vocabularies, marked_values, vocabulary_entries
from tests.transforms.build_fixture import PROJECT, SmallCompany

TOLD = ("region", "country", "birth_year", "language", "has_email", "has_address", "is_deleted")
SECRETS = ("Ana", "Berg", "ana@x.example", "Hill 1", "1980-05-06", "it was late", "please call")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    """Two people, six orders in two systems, answers, contacts and a case; built once."""
    # a person may be called so, and so may the folder of their home
    made = SmallCompany(tmp_path_factory.mktemp("core") / "o'brien")
    people(made)
    orders_and_lines(made)
    answers_and_contacts(made)
    made.record()
    made.built(
        "scores",
        "churn_score",
        "select 'cust-ana' as customer_id, date '2024-03-31' as as_of_on, 'churn' as outcome,"
        " 90::bigint as horizon_days, 'v1' as model_version, 0.25::double as churn_probability,"
        " 'medium' as risk_band, 3::bigint as decile",
    )
    made.night(1, "2024-03-31")
    layers = ("staging", "identity", "core", "published/customer")
    made.build(*layers, attribute_trust=["crm"])
    return made


def people(made: SmallCompany) -> None:
    record = {"person": "ana", "given_name": "Ana", "family_name": "Berg", "region": "Bavaria"}
    made.rows(
        "customer_records",
        [
            record | {"email": "ana@x.example", "birth_date": "1980-05-06", "country": "DE"},
            {"person": "ana-crm", "source_system": "crm", "family_name": "Berg-Lee"}
            | {"street": "Hill 1", "postal_code": "80331", "region": "Hesse"},
            {"person": "ben", "full_name": "Ben Cole", "region": "Saxony"},
            {"person": "gone", "full_name": "Gone", "is_deleted": True},
        ],
    )
    made.same_person("source_customer_id:ana-crm", "ana")
    made.events = [("e1", "erased", "cust-forgotten", None, None, "2024-03-30")]
    made.groups = [("household", "cust-ana", "h1"), ("account", "cust-ana", "a1")]
    made.groups.append(("household", "cust-ben", "h2"))


def orders_and_lines(made: SmallCompany) -> None:
    at = "2024-03-02 10:00:00+00"
    late = {"promised_on": "2024-03-05", "delivered_at": "2024-03-05 23:30:00+00"}
    made.rows(
        "orders",
        [
            {"person": "ana", "order_id": "o1", "ordered_at": at, "status": "delivered"} | late,
            {"person": "ben", "order_id": "o2", "ordered_at": at, "status": "cancelled"},
            {"person": "ben", "order_id": "o3", "ordered_at": at, "source_system": "app"},
            {"person": "ben", "order_id": "both", "ordered_at": at},
            {"person": "ana", "order_id": "both", "ordered_at": at, "source_system": "app"},
            {"person": "ana", "order_id": "future", "ordered_at": "2024-03-31 22:30:00+00"},
        ],
    )
    line = {"occurred_at": at, "source_system": "till"}
    made.rows("products", [{"product_id": "p1", "category": "shoes"}, {"product_id": "p2"}])
    rate = {"currency": "USD", "on_date": "2024-03-02", "rate_to_reporting": 0.5}
    made.rows("fx_rates", [rate])
    made.rows(
        "transactions",
        [
            line | {"transaction_id": "t1", "line_number": 1, "order_id": "o1", "amount": 50}
            | {"product_id": "p1"},
            line | {"transaction_id": "t1", "line_number": 2, "order_id": "o1", "amount": 5}
            | {"line_type": "shipping"},
            line | {"transaction_id": "t2", "order_id": "o2", "amount": 70},
            line | {"transaction_id": "t3", "order_id": "o3", "amount": 10, "currency": "USD"},
            line | {"transaction_id": "t4", "order_id": "both", "amount": 9, "currency": "JPY"},
            line | {"transaction_id": "t5", "order_id": "both", "amount": 4, "currency": "JPY"}
            | {"source_system": "app"},
            line | {"transaction_id": "t6", "amount": 30, "line_type": "gift_card"}
            | {"person": "ben"},
            line | {"transaction_id": "t7", "amount": -20, "line_type": "refund"}
            | {"refers_to_id": "t1"},
        ],
    )  # fmt: skip


def answers_and_contacts(made: SmallCompany) -> None:
    answer = {"survey_id": "s", "metric_type": "nps", "responded_at": "2024-03-10 10:00:00+00"}
    made.rows(
        "survey_responses",
        [
            answer | {"response_id": "a1", "score": 9, "order_id": "o1", "comment": "it was late"},
            answer | {"response_id": "a2", "score": 11, "source_system": "web"},
            answer | {"response_id": "a3", "score": 7.5},
            answer | {"response_id": "a4", "score": 7, "scale_min": 1, "scale_max": 10},
            answer
            | {"response_id": "a5", "score": 0, "interaction_id": "i1"}
            | {"responded_at": "2024-03-11 10:00:00+00"},
            answer | {"response_id": "a6", "score": 8, "invitation_id": "v1"},
        ],
    )
    ask = {"survey_id": "s", "sent_at": "2024-03-09 10:00:00+00"}
    made.rows(
        "survey_invitations",
        [ask | {"invitation_id": "v1", "person": "ben"}, ask | {"invitation_id": "v2"}],
    )
    call = {"channel": "phone", "interaction_type": "call", "reason": "delivery"}
    made.rows(
        "interactions",
        [
            call | {"interaction_id": "i1", "person": "ana", "case_ref": "k1"}
            | {"occurred_at": "2024-03-01 10:00:00+00", "talk_seconds": 60, "wrap_seconds": 30},
            call | {"interaction_id": "i2", "person": "ana-crm", "outcome": "abandoned"}
            | {"occurred_at": "2024-03-08 10:00:00+00", "text": "please call"},
            call | {"interaction_id": "i3", "person": "ana"}
            | {"occurred_at": "2024-03-29 10:00:00+00", "handle_seconds": 10},
            {"interaction_id": "w1", "person": "ben", "channel": "web"}
            | {"interaction_type": "page_view", "occurred_at": "2024-03-08 10:00:00+00"},
        ],
    )  # fmt: skip
    solved = {"case_ref": "k1", "occurred_at": "2024-03-02 10:00:00+00", "event": "solved"}
    made.rows("case_events", [solved])


def by(company: SmallCompany, key: str, table: str) -> dict[Any, dict[str, Any]]:
    return {row[key]: row for row in company.query(f"select * from {table}")}


def test_an_order_is_worth_its_lines_less_refunds(company: SmallCompany) -> None:
    orders = company.query("select * from core.fct_order where order_id = 'o1'")
    assert [row["net_revenue_amount"] for row in orders] == [Decimal(35)]
    assert orders[0]["gross_amount"] == Decimal(55)
    assert (orders[0]["n_lines"], orders[0]["first_category"]) == (2, "shoes")
    assert orders[0]["delivery_status"] == "late"


def test_a_cancelled_order_is_no_revenue(company: SmallCompany) -> None:
    order = by(company, "order_id", "core.fct_order")["o2"]
    assert (order["net_revenue_amount"], order["gross_amount"]) == (Decimal(0), Decimal(70))
    lines = by(company, "transaction_id", "core.fct_transaction")
    assert not lines["t2"]["is_revenue"]
    assert not lines["t6"]["is_revenue"], "a gift card sold is a debt"


def test_amounts_are_converted_by_the_days_rate_or_unknown(company: SmallCompany) -> None:
    lines = by(company, "transaction_id", "core.fct_transaction")
    assert lines["t3"]["amount_reporting"] == Decimal(5)
    assert lines["t5"]["amount_reporting"] is None
    both = company.query("select * from core.fct_order where order_id = 'both' and n_lines > 0")
    assert [row["net_revenue_amount"] for row in both] == [None]


def test_a_line_finds_its_order_in_its_own_system_first(company: SmallCompany) -> None:
    orders = {
        (row["source_system"], row["order_id"]): row["order_key"]
        for row in company.query("select * from core.fct_order")
    }
    lines = by(company, "transaction_id", "core.fct_transaction")
    assert lines["t5"]["order_key"] == orders["app", "both"]
    assert lines["t4"]["order_key"] is None, "two systems have the id, the till has none"
    assert lines["t3"]["order_key"] == orders["app", "o3"]
    assert lines["t3"]["customer_id"] == "cust-ben"


def test_rows_after_as_of_stay_out(company: SmallCompany) -> None:
    assert "future" not in by(company, "order_id", "core.fct_order")


def test_only_answers_on_their_scale_are_valid(company: SmallCompany) -> None:
    answers = by(company, "response_id", "core.fct_survey_response")
    valid = {name for name, row in answers.items() if row["is_valid"]}
    assert valid == {"a1", "a5", "a6"}
    assert (answers["a1"]["scale_min"], answers["a1"]["scale_max"]) == (0.0, 10.0)


def test_an_answer_is_of_whoever_its_order_contact_or_ask_is_of(company: SmallCompany) -> None:
    answers = by(company, "response_id", "core.fct_survey_response")
    assert answers["a1"]["customer_id"] == "cust-ana"
    assert (answers["a1"]["delivery_status"], answers["a1"]["region"]) == ("late", "Hesse")
    assert (answers["a5"]["customer_id"], answers["a5"]["channel"]) == ("cust-ana", "phone")
    assert answers["a6"]["customer_id"] == "cust-ben"
    assert answers["a2"]["customer_id"] is None
    asks = by(company, "invitation_id", "core.fct_survey_invitation")
    assert (asks["v1"]["disposition"], asks["v2"]["disposition"]) == ("complete", None)


def test_contacts_repeat_across_a_customers_identities(company: SmallCompany) -> None:
    contacts = by(company, "interaction_id", "core.fct_contact")
    assert set(contacts) == {"i1", "i2", "i3"}
    assert [contacts[i]["is_repeat_7d"] for i in ("i1", "i2", "i3")] == [False, True, False]
    assert [contacts[i]["has_repeat_7d"] for i in ("i1", "i2", "i3")] == [True, False, False]
    assert contacts["i3"]["is_repeat_window_open"]
    assert not contacts["i1"]["is_repeat_window_open"]
    assert [contacts[i]["handle_seconds"] for i in ("i1", "i2", "i3")] == [90.0, None, 10.0]
    assert contacts["i2"]["is_abandoned"]


def test_a_case_is_of_the_person_who_made_contact(company: SmallCompany) -> None:
    event = company.query("select * from core.fct_case_event")[0]
    assert event["customer_id"] == "cust-ana"


def test_an_erased_customer_is_in_the_log_and_nowhere_else(company: SmallCompany) -> None:
    logged = company.query("select * from core.fct_identity_event")
    assert [(e["event_type"], e["customer_id"], e["identity_key"]) for e in logged] == [
        ("erased", "cust-forgotten", None)
    ]
    for table in ("dim_customer", "dim_customer_history", "bridge_identity", "customer_timeline"):
        assert company.query(
            f"select * from core.{table} where customer_id = 'cust-forgotten'"
        ) == []  # fmt: skip
    assert company.query("select * from core.customer_alias") == []


def test_dim_customer_is_golden_with_activity_and_score(company: SmallCompany) -> None:
    customers = by(company, "customer_id", "core.dim_customer")
    ana = customers["cust-ana"]
    assert (ana["birth_year"], ana["postal_code_prefix"], ana["region"]) == (1980, "803", "Hesse")
    assert (ana["n_records"], ana["conflicting_attributes"]) == (2, "address, name")
    assert (ana["n_orders"], ana["n_contacts"], ana["last_nps_score"]) == (2, 3, 0.0)
    assert (ana["churn_probability"], ana["churn_risk_band"]) == (0.25, "medium")
    assert customers["cust-ben"]["churn_probability"] is None
    assert customers["cust-gone"]["is_deleted"]
    person = by_restricted(company)["cust-ana"]
    assert (person["family_name"], person["street"]) == ("Berg-Lee", "Hill 1")


def by_restricted(company: SmallCompany) -> dict[str, dict[str, Any]]:
    rows = company.query("select * from main.customer_attribute", "restricted")
    return {row["customer_id"]: row for row in rows}


def test_the_timeline_holds_every_kind_in_time(company: SmallCompany) -> None:
    entries = company.query(
        "select entry_kind from core.customer_timeline where customer_id = 'cust-ana'"
        " order by occurred_at, timeline_key"
    )
    kinds = [row["entry_kind"] for row in entries]
    assert kinds[0] == "interaction"
    assert {"order", "delivery", "refund", "case_event", "survey_response"} <= set(kinds)


def test_views_work_under_the_published_name(company: SmallCompany, tmp_path: Path) -> None:
    published = tmp_path / "v1.duckdb"
    published.write_bytes((company.build_dir / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(published), read_only=True) as con:
        con.execute("set enable_external_access = false")
        views = con.execute(
            "select schema_name, view_name from duckdb_views() where not internal"
        ).fetchall()
        assert len(views) >= 8
        for schema, view in views:
            assert con.execute(f"select count(*) from {schema}.{view}").fetchone()


def test_nothing_personal_is_in_the_warehouse(company: SmallCompany) -> None:
    with duckdb.connect(str(company.build_dir / "warehouse.duckdb"), read_only=True) as con:
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        text = " ".join(
            str(row) for (table,) in tables for row in con.execute(f"from {table}").fetchall()
        )
    assert "cust-ana" in text
    assert [secret for secret in SECRETS if secret in text] == []
    told = company.query("select verbatim from main.feedback_text", "restricted")
    assert told == [{"verbatim": "it was late"}]


def test_vocabularies_of_the_contracts_are_those_of_the_sql(company: SmallCompany) -> None:
    channels = {row["channel"] for row in company.query("select channel from core.dim_channel")}
    assert channels == set(load_vocabularies()["channel"])
    base = (PROJECT / "models" / "core" / "base" / "base_interactions.sql").read_text()
    for value in load_vocabularies()["interaction_type"]:
        is_contact = value in marked_values("interaction_type", "is_contact")
        assert (f"'{value}'" in base) == is_contact, value
    assert marked_values("order_status", "is_cancelled") == ("cancelled",)
    assert set(load_vocabularies()["line_type"]) - set(
        marked_values("line_type", "is_revenue")
    ) == {"gift_card"}
    scales = vocabulary_entries()["metric_type"]["values"]
    assert (scales["nps"]["scale_min"], scales["nps"]["scale_max"]) == (0, 10)
    assert (scales["ces"]["scale_min"], scales["ces"]["scale_max"]) == (1, 7)


def test_who_lives_and_works_together_is_told_and_merges_nobody(company: SmallCompany) -> None:
    people = by(company, "customer_id", "core.dim_customer")
    told = {c: (row["household_id"], row["business_account_id"]) for c, row in people.items()}
    assert told == {"cust-ana": ("h1", "a1"), "cust-ben": ("h2", None), "cust-gone": (None, None)}


def test_the_last_state_of_history_is_the_customer_of_today(company: SmallCompany) -> None:
    people = by(company, "customer_id", "core.dim_customer")
    history = company.query("select * from core.dim_customer_history where valid_to is null")
    assert {row["customer_id"] for row in history} == set(people)
    for row in history:
        person = people[row["customer_id"]]
        assert all(row[name] == person[name] for name in (*TOLD, "attribute_completeness")), row
