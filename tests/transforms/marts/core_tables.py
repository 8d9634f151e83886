"""The core tables that the marts read, empty, for tests of the marts alone.

Only the columns that a mart reads, in core's types. Not here: rows (the tests), core's own logic.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

_SURVEY = """
response_key varchar, survey_id varchar, response_id varchar, question_id varchar,
submission_id varchar, customer_id varchar, metric_type varchar, program_type varchar,
wave varchar, is_complete boolean,
score double, scale_min double, scale_max double, is_valid boolean, responded_at timestamp,
responded_on date, order_key varchar, touchpoint varchar, agent_id varchar, team varchar,
language varchar, channel varchar, store_id varchar, region varchar, country varchar,
order_status varchar, delivery_status varchar, question_order bigint, questionnaire_version varchar,
is_series_break boolean, invitation_id varchar, known_at timestamp
"""
_CONTACT = """
interaction_key varchar, customer_id varchar, occurred_at timestamp, occurred_on date,
channel varchar, touchpoint varchar, is_inbound boolean, agent_id varchar,
team varchar, wait_seconds double, handle_seconds double, reason varchar,
outcome varchar, is_abandoned boolean, is_transferred boolean, is_handled boolean,
is_resolved boolean, case_ref varchar, store_id varchar
"""
_PROFILE = """
given_name varchar, family_name varchar, full_name varchar, birth_date date, gender varchar,
street varchar, city varchar, region varchar, postal_code varchar, country varchar,
company_name varchar, language varchar, account_status varchar, preferred_channel varchar,
email varchar, phone varchar
"""
#: Table -> its columns; the schema is that of the build's databases.
TABLES: dict[str, str] = {
    "core.fct_survey_response": _SURVEY,
    "core.fct_contact": _CONTACT,
    "core.fct_survey_invitation": (
        "invitation_key varchar, invitation_id varchar, survey_id varchar, customer_id varchar,"
        " sent_at timestamp, sent_on date, program_type varchar, channel varchar,"
        " disposition varchar, touchpoint varchar"
    ),
    "core.fct_order": (
        "order_key varchar, customer_id varchar, ordered_at timestamp, ordered_on date,"
        " is_cancelled boolean, first_category varchar,"
        " net_revenue_amount decimal(18, 4)"
    ),
    "core.fct_subscription_period": (
        "subscription_key varchar, customer_id varchar, plan varchar, started_at timestamp,"
        " started_on date, ended_at timestamp, ended_on date,"
        " monthly_amount_reporting decimal(18, 4)"
    ),
    "core.fct_case_event": (
        "case_event_key varchar, case_ref varchar, customer_id varchar, occurred_at timestamp,"
        " event varchar, agent_id varchar, team varchar, reason varchar"
    ),
    "keyed.golden_customer": (
        "customer_id varchar, region varchar, country varchar, language varchar, n_records bigint,"
        " is_deleted boolean"
    ),
    "keyed.identity_map": (
        "identity_key varchar, customer_id varchar, match_probability double, holds_from_on date"
    ),
    "core.fct_interaction": "identity_key varchar, customer_id varchar, occurred_on date",
    "core.fct_transaction": "identity_key varchar, customer_id varchar, occurred_on date",
    "core.fct_identity_event": "event_id varchar, event_type varchar, as_of_on date",
    "restricted.main.customer_record_member": (
        f"customer_id varchar, source_system varchar, n_records bigint, {_PROFILE}"
    ),
    "restricted.main.customer_attribute": f"customer_id varchar, {_PROFILE}",
    "restricted.main.customer_attribute_winner": (
        "customer_id varchar, attribute varchar, n_records bigint, n_agreeing bigint,"
        " n_source_systems bigint, is_conflicting boolean"
    ),
    "restricted.main.employee_response": (
        "team varchar, metric_type varchar, score double, occurred_on date,"
        " responded_at timestamp, known_at timestamp"
    ),
}


def open_build(build: Path) -> duckdb.DuckDBPyConnection:
    """The build's warehouse with `restricted` and `work` attached, as a dbt run sees them."""
    connection = duckdb.connect(str(build / "warehouse.duckdb"))
    for name in ("restricted", "work"):
        connection.execute(f"attach '{build / f'{name}.duckdb'}' as {name}")
    return connection


def create_core(connection: duckdb.DuckDBPyConnection) -> None:
    """Every core table that the marts read, without a row."""
    for table, columns in TABLES.items():
        if table.count(".") == 1:
            connection.execute(f"create schema if not exists {table.split('.', maxsplit=1)[0]}")
        connection.execute(f"create table {table} ({columns})")


def write_benchmark(build: Path) -> None:
    """What the matcher would leave of its benchmark: no row."""
    (build / "identity").mkdir()
    duckdb.sql(
        "select ''::varchar as labels, ''::varchar as measure, 0::double as n_good,"
        " 0::bigint as n_all, 0::bigint as n_people where false"
    ).write_parquet(str(build / "identity" / "identity_benchmark.parquet"))
