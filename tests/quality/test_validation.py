"""Every reason that validation gives, and what it makes of the text beside the reason."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from quality.contracts import load_contracts
from quality.reasons import REASONS
from quality.rule_model import RowContext
from quality.validation import validation_sql

BERLIN = RowContext("Europe/Berlin", "Europe/Berlin", "EUR")
RECEIVED = "timestamptz '2024-06-01 02:00:00+00'"

GOOD: dict[str, dict[str, str]] = {
    "transactions": {
        "source_system": "shop", "transaction_id": "t1", "line_number": "1",
        "occurred_at": "2024-05-01T10:00:00Z", "amount": "10.50", "line_type": "item",
        "currency": "EUR", "source_customer_id": "c1",
    },
    "interactions": {
        "source_system": "desk", "interaction_id": "i1", "occurred_at": "2024-05-01T10:00:00Z",
        "channel": "phone", "interaction_type": "call",
        "source_customer_id": "c1",
    },
    "survey_responses": {
        "source_system": "web", "survey_id": "s", "response_id": "r", "metric_type": "csat",
        "responded_at": "2024-05-01T10:00:00Z", "source_customer_id": "c1",
    },
    "consents": {
        "source_system": "crm", "purpose": "marketing", "channel": "email", "status": "granted",
        "decided_at": "2024-05-01T10:00:00Z", "source_customer_id": "c1",
    },
    "customer_records": {"source_system": "crm", "source_customer_id": "c1"},
    "subscriptions": {
        "source_system": "crm", "subscription_id": "s1", "plan": "p",
        "started_at": "2024-05-01T10:00:00Z", "source_customer_id": "c1",
    },
    "measurements": {
        "source_system": "crm", "measure": "balance_amount", "as_of_on": "2024-05-01",
        "value": "1", "source_customer_id": "c1",
    },
    "fx_rates": {
        "source_system": "bank", "currency": "USD", "on_date": "2024-05-01",
        "rate_to_reporting": "0.9",
    },
    "locations": {"source_system": "erp", "store_id": "1"},
}  # fmt: skip


def judge(feed: str, context: RowContext = BERLIN, first: bool = True,
          **texts: str | None) -> dict[str, Any]:  # fmt: skip
    """What validation makes of one row: its good texts with some changed."""
    given = {**GOOD[feed], **texts}
    contract = load_contracts()[feed]
    columns = ", ".join(f"?::varchar as r_{name}" for name in given)
    phone = ", null::varchar as phone_e164, false as phone_is_placeholder"
    relation = (
        f"select 'f:2' as _row, 0 as _ordinal, 'f' as _file_id, 2 as _line, {RECEIVED} as"
        f" _received_at, 1 as _arrival, {str(first).lower()} as _is_first, {columns}"
        f"{phone if 'phone' in given else ''}"
    )
    validation = validation_sql(contract, relation, list(given), context)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        cursor = connection.execute(validation.sql, list(given.values()))
        names = [d[0] for d in cursor.description or ()]
        (values,) = cursor.fetchall()
    row = dict(zip(names, values, strict=True))
    row["notes"] = sorted(detail for name, detail in validation.notes.items() if row[name])
    return row


@pytest.mark.parametrize("feed", GOOD)
def test_good_rows_pass(feed: str) -> None:
    row = judge(feed)
    assert not row["_is_bad"]
    assert row["_details"] is None
    assert row["_fields"] is None
    assert row["notes"] == []


QUARANTINED = [
    ("transactions", {"transaction_id": " "}, "f.required:transaction_id"),
    ("transactions", {"transaction_id": "\u00a0\u200b\ufeff"}, "f.required:transaction_id"),
    ("transactions", {"occurred_at": None}, "f.required:occurred_at"),
    ("transactions", {"amount": "ten"}, "amount.type"),
    ("transactions", {"amount": "1e3"}, "amount.type"),
    ("transactions", {"amount": "1,234.50"}, "amount.type"),
    ("transactions", {"amount": "123456789012345"}, "amount.type"),
    ("transactions", {"amount": "10.505"}, "amount.scale"),
    ("transactions", {"amount": "10.5", "currency": "JPY"}, "amount.scale"),
    ("transactions", {"amount": "-1"}, "amount.sign"),
    ("transactions", {"amount": "1", "line_type": "refund"}, "amount.sign"),
    ("transactions", {"currency": "XYZ"}, "currency.domain"),
    ("transactions", {"occurred_at": "01/05/2024"}, "ts.type:occurred_at"),
    ("transactions", {"occurred_at": "2024-02-30T10:00:00"}, "ts.type:occurred_at"),
    ("transactions", {"occurred_at": "2024-05-01 24:00:00"}, "ts.type:occurred_at"),
    ("transactions", {"occurred_at": "2024-06-02T03:00:00Z"}, "ts.range:occurred_at"),
    ("transactions", {"occurred_at": "1969-12-31T00:00:00Z"}, "ts.range:occurred_at"),
    ("transactions", {"occurred_at": "2024-03-31 02:30:00"}, "ts.nonexistent:occurred_at"),
    ("interactions", {"channel": "telepathy"}, "channel.domain"),
    ("interactions", {"interaction_type": "wave"}, "f.range:interaction_type"),
    ("consents", {"status": "maybe"}, "consent.domain"),
    ("consents", {"source_customer_id": ""}, "f.required:identity_key"),
    ("survey_responses", {"metric_type": "nps", "score": "11"}, "score.range"),
    ("survey_responses", {"metric_type": "nps", "score": "7.5"}, "score.range"),
    ("survey_responses", {"metric_type": "ces", "score": "8"}, "score.range"),
    ("survey_responses", {"score": "6", "scale_min": "1", "scale_max": "5"}, "score.range"),
    ("subscriptions", {"ended_at": "2024-04-30T00:00:00Z"}, "dur.order:ended_at"),
    ("measurements", {"value": "inf"}, "f.type:value"),
    ("measurements", {"as_of_on": "2024-13-01"}, "ts.type:as_of_on"),
    ("measurements", {"as_of_on": "2024-06-03"}, "ts.range:as_of_on"),
    ("fx_rates", {"rate_to_reporting": "-1"}, "f.range:rate_to_reporting"),
]  # fmt: skip


@pytest.mark.parametrize(("feed", "texts", "detail"), QUARANTINED)
def test_rows_that_wait_in_quarantine(feed: str, texts: dict[str, Any], detail: str) -> None:
    row = judge(feed, **texts)
    assert row["_is_bad"]
    assert detail in row["_details"]
    assert detail.split(":")[0] in REASONS


COERCED = [
    ("interactions", "wait_seconds", "soon", "f.type"),
    ("interactions", "wait_seconds", "nan", "f.type"),
    ("interactions", "wait_seconds", "-1", "f.range"),
    ("interactions", "latitude", "91", "f.range"),
    ("interactions", "is_resolved", "perhaps", "f.type"),
    ("interactions", "outcome", "fine", "f.range"),
    ("interactions", "attributes", "{x}", "f.type"),
    ("interactions", "email", "ann at x", "email.format"),
    ("interactions", "phone", "call me", "phone.format"),
    ("interactions", "updated_at", "yesterday", "ts.type"),
    ("interactions", "updated_at", "2024-03-31 02:30:00", "ts.nonexistent"),
    ("transactions", "channel", "telepathy", "channel.domain"),
    ("transactions", "cost_amount", "1.23456", "f.type"),
    ("survey_responses", "question_order", "3.7", "f.type"),
    ("customer_records", "birth_date", "0850-01-01", "ts.range"),
    ("customer_records", "birth_date", "1899-12-30", "ts.range"),
    ("customer_records", "birth_date", "31.12.1980", "ts.type"),
    ("customer_records", "birth_date", "1980-02-30", "ts.type"),
    ("customer_records", "country", "Germany", "f.type"),
    ("customer_records", "language", "?", "f.type"),
    ("locations", "timezone", "Mars/Olympus", "f.type"),
]  # fmt: skip


@pytest.mark.parametrize(("feed", "column", "text", "code"), COERCED)
def test_optional_fields_become_null_with_reason_and_text(
    feed: str, column: str, text: str, code: str
) -> None:
    row = judge(feed, **{column: text})
    assert not row["_is_bad"]
    assert row[column] is None
    assert row["_fields"] == [{"field": column, "reason": code, "raw": text}]
    assert code in REASONS


def test_all_reasons_of_a_row_come_together_and_sorted() -> None:
    row = judge("transactions", amount="-1.234", transaction_id="", currency="??")
    assert row["_details"] == [
        "amount.scale", "amount.sign", "currency.domain", "f.required:transaction_id",
    ]  # fmt: skip
    assert '"amount":"-1.234"' in row["_raw"]


VALUES = [
    ("2024-05-01T10:00:00+05:30", "2024-05-01 04:30:00+00", []),
    ("2024-05-01T10:00:00-0300", "2024-05-01 13:00:00+00", []),
    ("2024-05-01 10:00:00 -0500", "2024-05-01 15:00:00+00", []),  # as shops export them
    ("2024-05-01 10:00Z", "2024-05-01 10:00:00+00", []),
    ("2024-05-01T10:00:00.123456Z", "2024-05-01 10:00:00.123456+00", []),
    ("2024-05-01T10:00:00,5z", "2024-05-01 10:00:00.5+00", []),
    ("2024-05-01 10:00:00", "2024-05-01 08:00:00+00", ["ts.assumed_tz:occurred_at"]),
    ("2024-05-01 10:00", "2024-05-01 08:00:00+00", ["ts.assumed_tz:occurred_at"]),
    ("2024-05-01", "2024-04-30 22:00:00+00", ["ts.assumed_tz:occurred_at"]),
    # The first of the two: summer time still held.
    ("2023-10-29 02:30:00", "2023-10-29 00:30:00+00",
     ["ts.ambiguous:occurred_at", "ts.assumed_tz:occurred_at"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "instant", "notes"), VALUES)
def test_times_keep_their_offset_or_take_the_sources_zone(
    text: str, instant: str, notes: list[str]
) -> None:
    row = judge("interactions", occurred_at=text)
    assert not row["_is_bad"]
    shown = row["occurred_at"].strftime("%Y-%m-%d %H:%M:%S")
    fraction = f"{row['occurred_at'].microsecond:06d}".rstrip("0")
    assert f"{shown}{'.' if fraction else ''}{fraction}+00" == instant
    assert row["notes"] == notes


def test_business_day_is_of_the_companys_zone_and_a_bare_day_is_known_to_the_day() -> None:
    row = judge("interactions", occurred_at="2024-05-01T22:30:00Z")
    assert (str(row["occurred_on"]), row["time_precision"]) == ("2024-05-02", None)
    row = judge("interactions", occurred_at="2024-05-01")
    assert (str(row["occurred_on"]), row["time_precision"]) == ("2024-05-01", "day")


def test_day_without_a_midnight_is_a_day_all_the_same() -> None:
    saopaulo = RowContext("America/Sao_Paulo", "America/Sao_Paulo", "BRL")
    row = judge("interactions", saopaulo, occurred_at="2017-10-15")
    assert not row["_is_bad"]
    assert str(row["occurred_on"]) == "2017-10-15"


def test_promises_may_lie_in_the_future() -> None:
    row = judge("subscriptions", ended_at="2030-01-01T00:00:00Z", renews_on="2031-01-01")
    assert (row["_is_bad"], row["_fields"]) == (False, None)


def test_rows_past_the_lateness_window_wait_but_for_the_first_batch() -> None:
    late = RowContext("UTC", "UTC", "EUR", lateness_days=10)
    assert judge("interactions", late)["_is_bad"] is False
    row = judge("interactions", late, first=False)
    assert row["_details"] == ["ts.too_late:occurred_at"]


def test_foreign_decimal_sign_holds_for_texts_and_not_for_typed_columns() -> None:
    comma = RowContext("UTC", "UTC", "EUR", decimal=",")
    assert str(judge("transactions", comma, amount="1234,5")["amount"]) == "1234.5000"
    assert judge("transactions", comma, amount="1234.5")["_details"] == ["amount.type"]
    typed = RowContext("UTC", "UTC", "EUR", decimal=",", typed=frozenset({"amount"}))
    assert str(judge("transactions", typed, amount="1234.5")["amount"]) == "1234.5000"


@pytest.mark.parametrize(
    ("text", "number"), [("10.50", "10.5000"), ("+.5", "0.5000"), ("10.5000", "10.5000")]
)
def test_money_is_exact(text: str, number: str) -> None:
    assert str(judge("transactions", amount=text)["amount"]) == number


def test_customer_called_null_keeps_the_name() -> None:
    row = judge("customer_records", family_name="Null", given_name="NA")
    assert (row["family_name"], row["given_name"]) == ("Null", "NA")


def test_words_of_vocabularies_are_known_in_any_case() -> None:
    row = judge("interactions", channel="Smart Speaker", interaction_type="PAGE-VIEW")
    assert (row["channel"], row["interaction_type"]) == ("smart_speaker", "page_view")


def test_free_text_keeps_its_blanks_and_line_ends() -> None:
    row = judge("survey_responses", comment=" two\nlines \n")
    assert row["comment"] == " two\nlines \n"
    assert judge("survey_responses", comment=" \n ")["comment"] is None


def test_required_column_that_no_mapping_gives_is_missing_in_every_row() -> None:
    contract = load_contracts()["locations"]
    relation = (
        f"select 'f:2' as _row, 0 as _ordinal, 'f' as _file_id, 2 as _line, {RECEIVED} as"
        " _received_at, 1 as _arrival, true as _is_first, 'erp' as r_source_system"
    )
    sql = validation_sql(contract, relation, ["source_system"], BERLIN).sql
    with duckdb.connect() as connection:
        found = connection.execute(f"select _details from ({sql})").fetchall()
    assert found == [(["f.required:store_id"],)]


def test_placeholders_are_kept_and_name_nobody() -> None:
    row = judge("interactions", email="Test@Test.com", source_customer_id="c9")
    assert (row["email"], row["notes"]) == ("test@test.com", ["id.placeholder:email"])
    assert row["_identifier"] == "source_customer_id\x1fdesk\x1fc9"
    nobody = judge("interactions", email="test@test.com", source_customer_id=None)
    assert nobody["_identifier"] is None
