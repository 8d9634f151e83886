"""Rules for one column: from the text that a source gave to a typed value, or the reason why not.

Belongs here: for each contract type and format, SQL that cleans, parses and judges a text. Does
not: dates and times (time_rules), nor rules across columns (validation). Text is judged before it
is cast, since casts lie: they round decimals and drop offsets.
Each rule names its code of `quality.reasons`.
"""

from __future__ import annotations

from collections.abc import Callable

from quality.contracts import Column, load_vocabularies
from quality.currencies import CURRENCIES, UNUSUAL_DECIMALS, USUAL_DECIMALS
from quality.identifiers import email_sql
from quality.rule_model import (
    QUARANTINE,
    ColumnSql,
    RowContext,
    Rule,
    bad_field,
    blank_to_null,
    quoted,
)
from quality.time_rules import date_rules, timestamp_rules

#: Free text keeps its own blanks; everything else is trimmed.
FREE_TEXT = frozenset({"comment", "text", "question_text"})

_INTEGER = "[+-]?[0-9]{1,18}([.]0+)?"
_DECIMAL = "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"
_NUMBER = _DECIMAL + "([eE][+-]?[0-9]{1,3})?"
_STORED_DECIMALS = 4
_EMAIL = "[^@ ]+@[^@ .]+([.][^@ .]+)+"
_LANGUAGE = "[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"


def column_sql(column: Column, context: RowContext) -> ColumnSql:
    """The rules of a column that the mapping gives, over the raw text `r_<name>`.

    The cleaned text is `t_<name>`; `value` is an expression over what the levels make.
    """
    raw = f"r_{column.name}"
    clean = blank_to_null(raw)
    if column.name in FREE_TEXT:
        clean = f"case when {clean} is not null then {raw} end"
    sql = ColumnSql(column.name, clean)
    _BUILDERS[column.type](column, context, sql)
    if column.required:
        missing = Rule("f.required", column.name, f"t_{column.name} is null", QUARANTINE)
        sql.rules.insert(0, missing)
    if column.name in context.unread:
        sql.rules.append(_unread(column))
    return sql


def _unread(column: Column) -> Rule:
    """A field that the mapping's own SQL could not read: as if its text had come by itself."""
    condition = f"given_{column.name} is not null and t_{column.name} is null"
    if column.name == "amount":
        return bad_field(column, "amount.type", condition, named=True)
    return bad_field(
        column, "ts.type" if column.type in ("timestamp", "date") else "f.type", condition
    )


def _range_rules(column: Column, value: str) -> list[Rule]:
    bounds = []
    if column.minimum is not None:
        bounds.append(f"{value} < {column.minimum}")
    if column.maximum is not None:
        bounds.append(f"{value} > {column.maximum}")
    return [bad_field(column, "f.range", " or ".join(bounds))] if bounds else []


def _text(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name, clean = column.name, sql.clean
    sql.value = f"t_{name}"
    if column.vocabulary is not None:
        sql.clean = f"replace(replace(lower({clean}), ' ', '_'), '-', '_')"
        words = ", ".join(quoted(word) for word in load_vocabularies()[column.vocabulary])
        code = {
            "channel": "channel.domain",
            "consent_channel": "channel.domain",
            "consent_status": "consent.domain",
        }.get(column.vocabulary, "f.range")
        named = code.startswith(f"{name}.") or code == "consent.domain"
        sql.rules.append(bad_field(column, code, f"t_{name} not in ({words})", named))
    elif column.format is not None:
        _FORMATS[column.format](column, sql)


def _email(column: Column, sql: ColumnSql) -> None:
    sql.clean = email_sql(sql.clean)
    condition = f"t_{column.name} is not null and not regexp_full_match(t_email, '{_EMAIL}')"
    sql.rules.append(bad_field(column, "email.format", condition, named=True))


def _phone(column: Column, sql: ColumnSql) -> None:
    # e164 comes from a table of the distinct numbers; a made-up number is kept as it came.
    sql.value = "coalesce(phone_e164, t_phone)"
    condition = "t_phone is not null and phone_e164 is null and not phone_is_placeholder"
    sql.rules.append(bad_field(column, "phone.format", condition, named=True))


def _currency(column: Column, sql: ColumnSql) -> None:
    sql.clean = f"upper({sql.clean})"
    known = ", ".join(quoted(code) for code in sorted(CURRENCIES))
    # An amount in a currency that nobody knows is worth nothing: the row waits, not the field.
    sql.rules.append(Rule("currency.domain", None, f"t_{column.name} not in ({known})", QUARANTINE))


def _country(column: Column, sql: ColumnSql) -> None:
    sql.clean = f"upper({sql.clean})"
    condition = f"not regexp_full_match(t_{column.name}, '[A-Z]{{2}}')"
    sql.rules.append(bad_field(column, "f.type", condition))


def _language(column: Column, sql: ColumnSql) -> None:
    condition = f"not regexp_full_match(t_{column.name}, '{_LANGUAGE}')"
    sql.rules.append(bad_field(column, "f.type", condition))


def _timezone(column: Column, sql: ColumnSql) -> None:
    names = "(select name from pg_timezone_names())"
    sql.rules.append(bad_field(column, "f.type", f"t_{column.name} not in {names}"))


_FORMATS: dict[str, Callable[[Column, ColumnSql], None]] = {
    "email": _email,
    "phone": _phone,
    "currency": _currency,
    "country": _country,
    "language": _language,
    "timezone": _timezone,
}


def _plain(column: Column, context: RowContext, clean: str) -> str:
    """SQL of a number's text with the decimal sign '.'; a foreign sign makes it no number."""
    if context.decimal == "," and column.name not in context.typed:
        return f"translate({clean}, ',.', '.,')"
    return clean


def _integer(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name = column.name
    sql.parsed[f"v_{name}"] = (
        f"case when regexp_full_match(t_{name}, '{_INTEGER}')"
        f" then try_cast(split_part(t_{name}, '.', 1) as bigint) end"
    )
    sql.value = f"v_{name}"
    sql.rules.append(bad_field(column, "f.type", f"t_{name} is not null and v_{name} is null"))
    sql.rules.extend(_range_rules(column, f"v_{name}"))


def _number(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name = column.name
    sql.clean = _plain(column, context, sql.clean)
    sql.parsed[f"v_{name}"] = (
        f"case when regexp_full_match(t_{name}, '{_NUMBER}')"
        f" and isfinite(try_cast(t_{name} as double)) then try_cast(t_{name} as double) end"
    )
    sql.value = f"v_{name}"
    sql.rules.append(bad_field(column, "f.type", f"t_{name} is not null and v_{name} is null"))
    sql.rules.extend(_range_rules(column, f"v_{name}"))


def _decimal(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name = column.name
    is_amount = name == "amount"
    sql.clean = _plain(column, context, sql.clean)
    places = f"length(rtrim(split_part(t_{name}, '.', 2), '0'))"
    plain = f"regexp_full_match(t_{name}, '{_DECIMAL}')"
    sql.parsed[f"d_{name}"] = f"case when {plain} then {places} end"
    sql.parsed[f"v_{name}"] = (
        f"case when {plain} and {places} <= {_STORED_DECIMALS}"
        f" then try_cast(t_{name} as decimal(18,4)) end"
    )
    sql.value = f"v_{name}"
    fits = f"d_{name} <= {_STORED_DECIMALS}"
    unreadable = f"t_{name} is not null and (d_{name} is null or ({fits} and v_{name} is null))"
    sql.rules.append(
        bad_field(column, "amount.type" if is_amount else "f.type", unreadable, is_amount)
    )
    limit = f"{_STORED_DECIMALS}"
    if is_amount:
        limit = f"least({_STORED_DECIMALS}, {_currency_decimals('row_currency')})"
    code = "amount.scale" if is_amount else "f.type"
    sql.rules.append(bad_field(column, code, f"d_{name} > {limit}", is_amount))
    sql.rules.extend(_range_rules(column, f"v_{name}"))


def _currency_decimals(currency: str) -> str:
    cases = " ".join(
        f"when '{code}' then {places}" for code, places in sorted(UNUSUAL_DECIMALS.items())
    )
    return f"case {currency} {cases} else {USUAL_DECIMALS} end"


def _boolean(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name = column.name
    sql.parsed[f"v_{name}"] = (
        f"case when lower(t_{name}) in ('true', '1', 'yes', 'y', 't') then true"
        f" when lower(t_{name}) in ('false', '0', 'no', 'n', 'f') then false end"
    )
    sql.value = f"v_{name}"
    sql.rules.append(bad_field(column, "f.type", f"t_{name} is not null and v_{name} is null"))


def _json(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name = column.name
    sql.value = f"t_{name}"
    sql.rules.append(
        bad_field(
            column, "f.type", f"t_{name} is not null and not coalesce(json_valid(t_{name}), false)"
        )
    )


_BUILDERS: dict[str, Callable[[Column, RowContext, ColumnSql], None]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "number": _number,
    "boolean": _boolean,
    "json": _json,
    "timestamp": timestamp_rules,
    "date": date_rules,
}
