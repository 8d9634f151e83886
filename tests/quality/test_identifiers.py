"""Normal forms, made-up identifiers, and the keyed hash against the standard library's."""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.currencies import CURRENCIES, UNUSUAL_DECIMALS, decimals
from quality.identifiers import email_sql, install_hmac, phone_numbers, placeholder_sql

CONNECTION = duckdb.connect()


@settings(deadline=None, max_examples=40)
@given(st.binary(min_size=16, max_size=100), st.text(max_size=60).filter(lambda t: "\0" not in t))
def test_hash_is_hmac_sha256(key: bytes, text: str) -> None:
    install_hmac(CONNECTION, key)
    found = CONNECTION.execute("select hmac_hex(?)", [text]).fetchone()
    assert found == (hmac.new(key, text.encode(), hashlib.sha256).hexdigest(),)


def test_identifier_key_is_its_type_and_half_the_hash() -> None:
    install_hmac(CONNECTION, b"k" * 32)
    text = "source_customer_id\x1fcrm\x1f42"
    digest = hmac.new(b"k" * 32, text.encode(), hashlib.sha256).hexdigest()
    found = CONNECTION.execute("select identifier_key(?)", [text]).fetchone()
    assert found == (f"source_customer_id:{digest[:32]}",)


def test_key_is_in_no_statement() -> None:
    install_hmac(CONNECTION, b"secret-secret-secret")
    macros = CONNECTION.execute("select macro_definition from duckdb_functions()").fetchall()
    assert not any("secret" in str(row[0]) or "7365637265" in str(row[0]) for row in macros)


def test_email_is_lower_case_and_composed() -> None:
    sql = f"select {email_sql('?')}"
    found = CONNECTION.execute(sql, ["Zoe\u0308@X.Example"]).fetchone()
    assert found == ("zo\u00eb@x.example",)


@pytest.mark.parametrize(
    ("identifier", "value", "is_placeholder"),
    [
        ("email", "TEST@test.com", True),
        ("email", "ann@x.example", False),
        ("phone", "0000000", True),
        ("phone", "+1111111", True),
        ("phone", "+4930123456", False),
        ("source_customer_id", "0", True),
        ("source_customer_id", "7777777", False),
        ("source_customer_id", "null", True),
        ("device_id", "00000000-0000-0000-0000-000000000000", True),
        ("cookie_id", "undefined", True),
        ("loyalty_id", "999999", True),
        ("loyalty_id", "9999", False),
    ],
)
def test_made_up_values(identifier: str, value: str, is_placeholder: bool) -> None:
    found = CONNECTION.execute(
        f"select {placeholder_sql(identifier, 'v')} from (select ? as v)", [value]
    ).fetchone()
    assert found == (is_placeholder,)


def test_phone_numbers_become_e164() -> None:
    texts = ["030 1234567", "+49 (30) 1234567", "0049301234567", "12", "ext. none"]
    assert phone_numbers(texts, "DE") == [
        ("030 1234567", "+49301234567"),
        ("+49 (30) 1234567", "+49301234567"),
        ("0049301234567", "+49301234567"),
    ]


def test_decimals_of_currencies() -> None:
    assert set(UNUSUAL_DECIMALS) <= CURRENCIES
    assert [decimals(code) for code in ("EUR", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
