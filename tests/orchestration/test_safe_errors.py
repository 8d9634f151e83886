"""What may be told of an error: kind, cause, type, column and place; never a value of the data."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.night import NightStopped
from orchestration.safe_errors import is_ours, place_of, safe_message, safe_report
from quality.gates.suites import load_suites

#: A value that ends its own quotation, and goes on in the words of a message about SQL.
VALUE = 'O\'Oddly "olga@persona.example" (the parcel sang)\nBinder Error: Referenced column Olga'
SETTING = """
create table t (v varchar); insert into t values (?);
create table whole (n integer); create table once (v varchar primary key);
create table filled (v varchar not null); create table short (v varchar check (length(v) < 3));
create type colour as enum ('red');
"""
#: A statement that chokes on the value, and what is told of it.
DATA = {
    "select cast(v as integer) from t":
        "Conversion Error: Could not convert string, to INT32, in column v",
    "select v::decimal(5, 2) from t":
        "Conversion Error: Could not convert string, to DECIMAL(5,2), in column v",
    "insert into whole select v from t":
        "Conversion Error: Could not convert string, to INT32, in column v",
    "select cast(v as date) from t": "Conversion Error: invalid date field, in column v",
    "select cast(v as timestamptz) from t":
        "Conversion Error: invalid timestamp field, in column v",
    "select v::integer[] from t":
        "Conversion Error: Type VARCHAR with value, to INTEGER[], in column v",
    "select v::colour from t": "Conversion Error: Could not convert string, to UINT8, in column v",
    "select strptime(v, '%Y') from t": "Invalid Input Error: Could not parse string",
    "select json_extract(v, '$.a') from t": "Invalid Input Error: Malformed JSON",
    "select regexp_matches('a', '(' || v) from t": "Invalid Input Error",
    "select error(v) from t": "Invalid Input Error",
    "select date_trunc(v, now()) from t": "Conversion Error",
    "select now() at time zone v from t": "Not implemented Error",
    "insert into once select v from t, range(2)":
        "Constraint Error: PRIMARY KEY or UNIQUE constraint violation: duplicate key",
    "insert into filled values (null)": "Constraint Error: NOT NULL constraint failed: filled.v",
    "insert into short select v from t": "Constraint Error: CHECK constraint failed on table short",
}  # fmt: skip


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for statement in SETTING.split(";")[:-1]:
        connection.execute(statement, [VALUE] if "?" in statement else None)
    return connection


def refusal(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Error:
    with pytest.raises(duckdb.Error) as raised:
        connection.execute(sql).fetchall()
    return raised.value


@pytest.mark.parametrize("sql", DATA)
def test_of_the_data_kind_cause_type_and_column_are_told(connection, sql):
    error = refusal(connection, sql)
    assert safe_message(error) == DATA[sql]


@pytest.mark.parametrize("sql", DATA)
def test_dbt_tells_the_same_of_a_failed_model(connection, sql):
    lines = str(refusal(connection, sql)).replace("\n", "\n  ")
    message = f"Runtime Error in model fct_order (models/core/fct_order.sql)\n  {lines}"
    more = "\n  compiled code at target/compiled/fct_order.sql"
    assert safe_report(message) == safe_report(message + more) == DATA[sql]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select nope from (select 1 as noper)",
         'Binder Error: Referenced column "nope" not found in FROM clause!'
         ' Candidate bindings: "noper"'),
        ("select length_of(1)", "Did you mean"),
        ("select from where", "Parser Error: syntax error"),
        ("from nowhere", "Catalog Error: Table with name nowhere does not exist!"),
    ],
)  # fmt: skip
def test_of_the_statement_all_is_told_in_one_line(connection, sql, told):
    message = safe_message(refusal(connection, sql))
    assert told in message
    assert "\n" not in message and "LINE 1" not in message


def test_a_row_taken_for_a_header_is_not_told(connection):
    """A file that has lost its header has columns that are called like people."""
    sql = 'select mail from (select 1 as "Olga", 2 as "olga@mail.example", 3 as "+493090")'
    message = safe_message(refusal(connection, sql))
    assert 'Referenced column "mail"' in message
    assert "lga" not in message and "+49" not in message


def test_a_failure_of_dbt_itself_is_told_as_one_of_a_model():
    locked = 'Runtime Error\n  IO Error: Could not set lock on file "/h/work.duckdb": process 7'
    assert safe_report(locked) == "IO Error: Could not set lock on file"
    assert safe_report("Runtime Error\n  the model olga is unhappy") == ""


def test_a_report_that_nobody_knows_is_not_told():
    assert safe_report("Traceback: olga@persona.example") == ""
    assert safe_report("") == ""


def test_our_own_words_are_whole_and_those_of_others_are_not():
    assert safe_message(NightStopped("source crm:\n 3 of 9")) == "source crm: 3 of 9"
    full = OSError(28, "No space left on device", "/data/feeds/x.parquet")
    assert safe_message(full) == "OSError: No space left on device: /data/feeds/x.parquet"
    assert safe_message(OSError("read olga")) == "OSError"
    assert safe_message(ValueError("could not convert string to float: 'olga'")) == "ValueError"
    assert not is_ours(ValueError())


def test_the_place_is_the_last_line_of_our_code():
    with pytest.raises(FileNotFoundError) as raised:
        load_suites("olga")
    assert place_of(raised.value).startswith("quality/gates/suites.py:")
    assert place_of(ValueError("raised nowhere")) == ""


def test_no_test_path_is_a_place():
    try:
        raise ValueError(Path.cwd())
    except ValueError as error:
        assert place_of(error) == ""
