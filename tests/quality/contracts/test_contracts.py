"""The contracts as data: what the public contract asks of each feed, and that none contradicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from quality.contracts import (
    PERSON_IDENTIFIERS,
    ContractError,
    contracts_digest,
    load_contracts,
    load_vocabularies,
    marked_values,
    stored_columns,
    vocabulary_entries,
)
from quality.contracts.load import build_contract

PERSON_COLUMNS = [
    "source_system",
    "source_customer_id",
    "account_id",
    "email",
    "phone",
    "loyalty_id",
    "device_id",
    "cookie_id",
    "social_handle",
    "national_id",
    "known_person_id",
    "updated_at",
    "is_deleted",
    "time_precision",
    "attributes",
    "known_at",
]

# The public contract, feed by feed: key, required besides the key, and the rest.
PUBLIC: dict[str, tuple[str, str, str]] = {
    "customer_records": (
        "source_system source_customer_id",
        "source_system source_customer_id",
        "given_name family_name full_name birth_date gender street city region postal_code country "
        "company_name language account_status preferred_channel registered_at",
    ),
    "interactions": (
        "source_system interaction_id",
        "interaction_id occurred_at channel interaction_type",
        "touchpoint stage direction session_id agent_id team queue wait_seconds talk_seconds "
        "hold_seconds wrap_seconds handle_seconds reason outcome is_resolved case_ref campaign_id "
        "content_ref store_id latitude longitude text is_public is_bot",
    ),
    "case_events": (
        "case_ref occurred_at event",
        "case_ref occurred_at event",
        "value agent_id team priority reason",
    ),
    "orders": (
        "source_system order_id",
        "order_id ordered_at",
        "status channel store_id promised_at promised_on shipped_at delivered_at cancelled_at",
    ),
    "transactions": (
        "source_system transaction_id line_number",
        "transaction_id occurred_at amount",
        "order_id line_type refers_to_id product_id quantity currency discount_amount cost_amount "
        "channel store_id line_number",
    ),
    "products": ("product_id", "product_id", "name category price has_defect_disclosure"),
    "survey_invitations": (
        "invitation_id",
        "invitation_id survey_id sent_at",
        "program_type channel disposition delivered_at opened_at started_at touchpoint order_id "
        "interaction_id cost_amount",
    ),
    "survey_responses": (
        "survey_id response_id question_id",
        "response_id survey_id metric_type responded_at",
        "submission_id program_type wave is_complete question_text question_order score scale_min "
        "scale_max comment language invitation_id touchpoint order_id interaction_id agent_id "
        "collection_mode placement question_id",
    ),
    "subscriptions": (
        "subscription_id started_at",
        "subscription_id started_at plan",
        "ended_at end_reason monthly_amount currency renews_on",
    ),
    "campaign_contacts": (
        "contact_id",
        "contact_id occurred_at offer_id",
        "campaign_id channel is_control responded_at converted_at cost_amount",
    ),
    "measurements": ("identity_key measure as_of_on", "measure as_of_on value", ""),
    "consents": (
        "identity_key purpose channel decided_at",
        "purpose channel decided_at status",
        "legal_basis",
    ),
    "incidents": (
        "incident_id",
        "incident_id started_at",
        "ended_at touchpoint product_id region notice_sent_at",
    ),
    "locations": ("store_id", "store_id", "name country region timezone opened_on"),
    "fx_rates": ("currency on_date", "currency on_date rate_to_reporting", ""),
    "employees": ("agent_id", "agent_id team", "site hired_on ended_on"),
    "employee_responses": (
        "response_id",
        "response_id team metric_type responded_at",
        "score comment campaign_id",
    ),
    "cx_goals": (
        "goal_id",
        "goal_id metric_name target_value due_on",
        "scope baseline owner cost_amount",
    ),
    "cx_actions": ("action_id", "action_id started_on", "scope baseline owner cost_amount"),
    "erasure_requests": ("request_id", "request_id requested_at", ""),
}
WITHOUT_PERSONS = {
    "products", "incidents", "locations", "fx_rates", "employees", "employee_responses",
    "cx_goals", "cx_actions",
}  # fmt: skip


def test_the_feeds_are_those_of_the_public_contract() -> None:
    assert set(load_contracts()) == set(PUBLIC)


@pytest.mark.parametrize("feed", sorted(PUBLIC))
def test_key_and_required_columns_are_the_public_ones(feed: str) -> None:
    key, required, more = (part.split() for part in PUBLIC[feed])
    contract = load_contracts()[feed]
    assert list(contract.key) == key
    # source_system is always there: it is filled in with the source's name.
    assert set(contract.required_names) == {*required, "source_system"}
    assert set(more) <= set(contract.column_names)
    assert not set(more) & set(contract.required_names)


@pytest.mark.parametrize("feed", sorted(PUBLIC))
def test_common_columns_follow_the_feeds_own(feed: str) -> None:
    contract = load_contracts()[feed]
    assert contract.is_person is (feed not in WITHOUT_PERSONS)
    common = PERSON_COLUMNS if contract.is_person else [
        "source_system", "updated_at", "is_deleted", "attributes", "known_at"
    ]  # fmt: skip
    assert list(contract.column_names[-len(common) :]) == common


@pytest.mark.parametrize("feed", sorted(PUBLIC))
def test_descriptions_end_with_the_grain(feed: str) -> None:
    contract = load_contracts()[feed]
    sentence = contract.description.rsplit("Grain: ", 1)
    assert len(sentence) == 2 and sentence[1].startswith("one row per ")
    for name in contract.key:
        assert name in sentence[1]


@pytest.mark.parametrize("feed", sorted(PUBLIC))
def test_stored_columns_make_a_table_in_duckdb(feed: str) -> None:
    contract = load_contracts()[feed]
    columns = stored_columns(contract)
    names = [name for name, _ in columns]
    assert len(names) == len(set(names))
    assert names[: len(contract.columns)] == list(contract.column_names)
    assert ("identity_key" in names) is contract.is_person
    with duckdb.connect() as connection:
        listed = ", ".join(f"{name} {kind}" for name, kind in columns)
        connection.execute(f"create table feed ({listed})")
        described = connection.execute("describe feed").fetchall()
    assert [row[0] for row in described] == names


def test_personal_columns_are_marked_on_every_feed() -> None:
    personal = {
        "email", "phone", "social_handle", "device_id", "cookie_id", "national_id", "loyalty_id",
        "source_customer_id", "known_person_id", "comment", "text", "latitude", "longitude",
        "given_name", "family_name", "full_name", "birth_date", "street", "city", "postal_code",
        "attributes",
    }  # fmt: skip
    seen = set()
    for contract in load_contracts().values():
        for column in contract.columns:
            if column.name in personal:
                assert column.personal, f"{contract.feed}.{column.name}"
                seen.add(column.name)
    assert seen == personal


def test_event_feeds_have_a_required_time_and_entities_none() -> None:
    for contract in load_contracts().values():
        if contract.kind == "event":
            assert contract.time_column is not None
            assert contract.column(contract.time_column).required
        else:
            assert contract.time_column is None


def test_times_have_a_floor() -> None:
    for contract in load_contracts().values():
        for column in contract.columns:
            if column.type in ("timestamp", "date"):
                assert column.floor_year in (1000, 1900, 1970), f"{contract.feed}.{column.name}"


def test_service_contacts_are_the_ones_agents_handle() -> None:
    contacts = marked_values("interaction_type", "is_contact")
    assert set(contacts) == {"call", "chat", "email", "message", "contact_form"}
    assert "bot_chat" in load_vocabularies()["interaction_type"]


def test_marks_tell_cancelled_and_delivered_apart() -> None:
    assert marked_values("order_status", "is_cancelled") == ("cancelled",)
    assert marked_values("order_status", "is_delivered") == ("delivered",)
    assert marked_values("line_type", "is_revenue", False) == ("gift_card",)
    assert {"answered", "abandoned"} <= set(load_vocabularies()["outcome"])


def test_every_disposition_has_its_aapor_class() -> None:
    values = vocabulary_entries()["disposition"]["values"]
    assert {marks["aapor"] for marks in values.values()} == {"I", "P", "R", "NC", "O", "UO", "NE"}


def test_every_vocabulary_is_used_and_described() -> None:
    used = {c.vocabulary for contract in load_contracts().values() for c in contract.columns}
    assert used - {None} == set(load_vocabularies())
    for entry in vocabulary_entries().values():
        assert entry["description"]
        assert all(marks["description"] for marks in entry["values"].values())


def test_person_identifiers_are_columns_of_every_person_feed() -> None:
    for contract in load_contracts().values():
        has = set(PERSON_IDENTIFIERS) <= set(contract.column_names)
        assert has is contract.is_person
    assert "account_id" not in PERSON_IDENTIFIERS


def test_an_unknown_column_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="orders has no column ordred_at"):
        load_contracts()["orders"].column("ordred_at")


def test_the_digest_is_a_stable_sha256() -> None:
    assert contracts_digest() == contracts_digest()
    assert len(bytes.fromhex(contracts_digest())) == 32


GOOD: dict[str, Any] = {
    "feed": "visits",
    "kind": "event",
    "time_column": "at",
    "key": ["visit_id"],
    "is_person": False,
    "description": "A visit. Grain: one row per visit_id.",
    "columns": {
        "visit_id": {"type": "text", "required": True, "description": "The visit."},
        "at": {"type": "timestamp", "required": True, "description": "When."},
    },
}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "thing"}, "neither event nor entity"),
        ({"time_column": None}, "has a time column"),
        ({"kind": "entity"}, "has a time column"),
        ({"key": ["visit"]}, "key names a column"),
        ({"needs_person": True}, "not about persons"),
        ({"colour": "red"}, "unknown"),
        ({"columns": {"a": {"type": "txt", "description": "A."}}}, "unknown type"),
        ({"columns": {"a": {"type": "text"}}}, "no description"),
        ({"columns": {"a": {"type": "text", "vocabulary": "x", "description": "A."}}}, "vocab"),
        ({"columns": {"a": {"type": "text", "format": "x", "description": "A."}}}, "format"),
        ({"columns": {"a": {"type": "text", "colour": "x"}}}, "unknown"),
        ({"columns": {"attributes": {"type": "text", "description": "A."}}}, "common"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(change: dict[str, Any], fault: str) -> None:
    common = {"attributes": {"type": "json", "description": "The rest."}}
    assert build_contract(GOOD, common).feed == "visits"
    with pytest.raises(ContractError, match=fault):
        build_contract({**GOOD, **change}, common)


def test_contract_files_are_where_an_installed_package_finds_them() -> None:
    import quality.contracts

    folder = Path(quality.contracts.__file__).parent
    assert len(list((folder / "feeds").glob("*.yml"))) == len(PUBLIC)
