"""Identifiers of people: normal forms, made-up values, and the keyed hash that stands for each.

Belongs here: what makes two spellings one identifier, which values identify nobody, and HMAC-SHA256
as DuckDB macros. Does not: who is whom (models/identity) and how rows are judged (validation).
Source of method: HMAC is RFC 2104; telephone numbers become E.164 by Google's libphonenumber.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import duckdb

from quality.contracts import PERSON_IDENTIFIERS

SEPARATOR = "chr(31)"
KEY_DIGITS = 32
_BLOCK = 64  # bytes of a SHA-256 block
_FEWEST_REPEATED_DIGITS = 6
_SHORTEST_PHONE_DIGITS = 7  # shorter ones are extensions and short codes, which many people share

#: Values that stand for "nobody", in lower case.
PLACEHOLDERS: tuple[str, ...] = (
    "test@test.com", "test@example.com", "test@test", "none@none.com", "no@email.com",
    "noemail@noemail.com", "noreply@noreply.com", "na@na.com", "a@a.com", "abc@abc.com",
    "unknown@unknown.com", "null@null.com", "email@email.com", "email@example.com",
    "user@example.com", "anonymous@anonymous.com", "x@x.com", "asdf@asdf.com",
    "unknown", "none", "null", "n/a", "na", "nan", "nil", "test", "anonymous", "anon", "guest",
    "undefined", "not provided", "not set", "(not set)", "missing", "dummy", "-", "--", ".", "?",
    "123456789", "1234567890", "+1234567890", "0123456789", "12345678", "987654321",
)  # fmt: skip

#: Telephone numbers, cards and state numbers of one repeated digit are made up; a source's own
#: customer 7777 is not.
_REPEATED_DIGIT = frozenset({"phone", "loyalty_id", "national_id"})


def email_sql(text: str) -> str:
    """SQL of an e-mail address in normal form: lower case, NFC. `text` is trimmed SQL text."""
    return f"lower(nfc_normalize({text}))"


def placeholder_sql(identifier: str, text: str) -> str:
    """SQL condition that `text`, a value of the identifier column, is made up and names nobody."""
    words = ", ".join(f"'{word}'" for word in PLACEHOLDERS)
    zeros = f"({text}[1] in ('0', '+', '-') and ltrim({text}, '+0- ') = '')"
    condition = f"lower({text}) in ({words}) or {zeros}"
    if identifier in _REPEATED_DIGIT:
        bare = f"ltrim({text}, '+')"
        condition += (
            f" or (length({bare}) >= {_FEWEST_REPEATED_DIGITS}"
            f" and {bare} = repeat({bare}[1], length({bare})))"
        )
    return f"({condition})"


def identifier_text_sql(identifier: str, value: str, source_system: str) -> str:
    """SQL of what is hashed for an identifier: its namespace, then its value in normal form.

    A source's own customer id means something within that source system only, so the system is
    part of its namespace.
    """
    parts = [f"'{identifier}'"]
    if identifier == "source_customer_id":
        parts.append(source_system)
    return f" || {SEPARATOR} || ".join([*parts, value])


def first_identifier_sql(present: Iterable[str], values: dict[str, str], system: str) -> str:
    """SQL of the hashed text of a row's first identifier that names somebody, else NULL.

    Args:
        present: identifier columns that the row may have.
        values: SQL of each one's value in normal form.
        system: SQL of the row's source system.
    """
    known = set(present)
    cases = [
        f"when {values[name]} is not null and not {placeholder_sql(name, values[name])}"
        f" then {identifier_text_sql(name, values[name], system)}"
        for name in PERSON_IDENTIFIERS
        if name in known
    ]
    return f"case {' '.join(cases)} end" if cases else "cast(null as varchar)"


def install_hmac(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give the connection `hmac_hex(text)` and `identifier_key(text)`.

    The pads are session variables, bound and never written into SQL, so that no message that
    quotes a statement can hold them. `identifier_key` turns an identifier's hashed text into
    '<type>:<32 hexadecimal digits>'.
    """
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    for name, pad in (("hmac_inner", 0x36), ("hmac_outer", 0x5C)):
        connection.execute(f"set variable {name} = ?", [bytes(byte ^ pad for byte in block)])
    connection.execute(
        "create or replace temp macro hmac_hex(t) as sha256(getvariable('hmac_outer')"
        " || unhex(sha256(getvariable('hmac_inner') || encode(t))))"
    )
    connection.execute(
        "create or replace temp macro identifier_key(t) as split_part(t, chr(31), 1)"
        f" || ':' || left(hmac_hex(t), {KEY_DIGITS})"
    )


def region_or(region: str, otherwise: str) -> str:
    """Give a region that has telephone numbers: its two letters, or another where it has none."""
    import phonenumbers

    return region if region in phonenumbers.SUPPORTED_REGIONS else otherwise


def phone_numbers(texts: Iterable[str], region: str) -> list[tuple[str, str]]:
    """Telephone numbers in E.164.

    Args:
        texts: distinct numbers as written, trimmed.
        region: ISO 3166-1 alpha-2 code for numbers without a country code.

    Returns:
        (text, E.164) for the texts that can be numbers by their length; the others are left out.
        (Whether a number range is in use changes faster than any list of ranges.)
    """
    import phonenumbers  # heavy: only feeds with telephone numbers pay for it

    found = []
    for text in texts:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_possible_number(number) and len(e164) > _SHORTEST_PHONE_DIGITS:
            found.append((text, e164))
    return found
