"""Rules for one column: from the text that a source gave to a typed value, or the reason why not.

Belongs here: for each contract type and format, SQL that cleans, parses and judges a text. Does
not: rules across columns and the whole row (validation). Text is judged before it is cast, since
casts lie: they drop offsets, round decimals and shift times that a clock change skipped.
Each rule names its code of `quality.reasons`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from quality.contracts import Column, load_vocabularies
from quality.currencies import CURRENCIES, UNUSUAL_DECIMALS, USUAL_DECIMALS
from quality.identifiers import email_sql

QUARANTINE, COERCE, NOTE = "Q", "K", "A"

#: Blank beyond the space: tab, line ends, no-break space, zero-width characters, byte-order mark.
BLANKS = " || ".join(
    f"chr({code})" for code in (32, 9, 10, 11, 12, 13, 160, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)
)
#: Free text keeps its own blanks; everything else is trimmed.
FREE_TEXT = frozenset({"comment", "text", "question_text"})

_INTEGER = "[+-]?[0-9]{1,18}([.]0+)?"
_DECIMAL = "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"
_NUMBER = _DECIMAL + "([eE][+-]?[0-9]{1,3})?"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?"
_OFFSET = "(Z|z|[+-]([01][0-9])(:?[0-5][0-9])?)"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIMESTAMP = f"{_DAY}([T ]{_TIME} ?{_OFFSET}?)?"
_STORED_DECIMALS = 4
_EMAIL = "[^@ ]+@[^@ .]+([.][^@ .]+)+"
_LANGUAGE = "[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"


@dataclass(frozen=True)
class RowContext:
    """What the rules need to know beside the row itself.

    Attributes:
        timezone: the company's zone, in which business days are counted.
        source_timezone: zone of source times that have no offset.
        currency: reporting currency, assumed where a row names none.
        decimal: decimal sign of the source's texts, "." or ",".
        typed: columns that come typed, not as text, and so always have the decimal sign ".".
        lateness_days: rows that occurred earlier than this before receipt are too late, or None.
    """

    timezone: str
    source_timezone: str
    currency: str
    decimal: str = "."
    typed: frozenset[str] = frozenset()
    lateness_days: int | None = None


@dataclass(frozen=True)
class Rule:
    """One way in which a row or field is not as it should be.

    Attributes:
        code: reason code.
        column: field that the code is about; None where the code names it.
        condition: SQL over the parsed columns; NULL counts as false.
        handling: Q quarantines the row, K makes `clears` NULL, A is only counted.
        clears: column that K makes NULL, None where K only counts (an assumed time zone).
    """

    code: str
    column: str | None
    condition: str
    handling: str
    clears: str | None = None

    @property
    def detail(self) -> str:
        """The code, with the field where the code alone does not name it."""
        return self.code if self.column is None else f"{self.code}:{self.column}"


@dataclass
class ColumnSql:
    """SQL of one column in the levels that build on each other: clean, parsed, resolved, value."""

    name: str
    clean: str
    parsed: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)
    value: str = ""
    rules: list[Rule] = field(default_factory=list)


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def blank_to_null(expression: str) -> str:
    """SQL of a text without the blanks around it; NULL where nothing is left.

    Trimming by a set of characters costs six times the look at both ends that mostly spares it.
    """
    first, last = f"ord(({expression})[1])", f"ord(({expression})[-1])"
    return (
        f"case when {first} between 33 and 126 and {last} between 33 and 126 then {expression}"
        f" else nullif(trim({expression}, {BLANKS}), '') end"
    )


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
    return sql


def _bad(column: Column, code: str, condition: str, named: bool = False) -> Rule:
    """A rule that quarantines where the column must be right, and else makes it NULL."""
    handling = QUARANTINE if column.required else COERCE
    return Rule(code, None if named else column.name, condition, handling, column.name)


def _range_rules(column: Column, value: str) -> list[Rule]:
    bounds = []
    if column.minimum is not None:
        bounds.append(f"{value} < {column.minimum}")
    if column.maximum is not None:
        bounds.append(f"{value} > {column.maximum}")
    return [_bad(column, "f.range", " or ".join(bounds))] if bounds else []


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
        sql.rules.append(_bad(column, code, f"t_{name} not in ({words})", named))
    elif column.format is not None:
        _FORMATS[column.format](column, sql)


def _email(column: Column, sql: ColumnSql) -> None:
    sql.clean = email_sql(sql.clean)
    condition = f"t_{column.name} is not null and not regexp_full_match(t_email, '{_EMAIL}')"
    sql.rules.append(_bad(column, "email.format", condition, named=True))


def _phone(column: Column, sql: ColumnSql) -> None:
    # e164 comes from a table of the distinct numbers; a made-up number is kept as it came.
    sql.value = "coalesce(phone_e164, t_phone)"
    condition = "t_phone is not null and phone_e164 is null and not phone_is_placeholder"
    sql.rules.append(_bad(column, "phone.format", condition, named=True))


def _currency(column: Column, sql: ColumnSql) -> None:
    sql.clean = f"upper({sql.clean})"
    known = ", ".join(quoted(code) for code in sorted(CURRENCIES))
    # An amount in a currency that nobody knows is worth nothing: the row waits, not the field.
    sql.rules.append(Rule("currency.domain", None, f"t_{column.name} not in ({known})", QUARANTINE))


def _country(column: Column, sql: ColumnSql) -> None:
    sql.clean = f"upper({sql.clean})"
    condition = f"not regexp_full_match(t_{column.name}, '[A-Z]{{2}}')"
    sql.rules.append(_bad(column, "f.type", condition))


def _language(column: Column, sql: ColumnSql) -> None:
    condition = f"not regexp_full_match(t_{column.name}, '{_LANGUAGE}')"
    sql.rules.append(_bad(column, "f.type", condition))


def _timezone(column: Column, sql: ColumnSql) -> None:
    names = "(select name from pg_timezone_names())"
    sql.rules.append(_bad(column, "f.type", f"t_{column.name} not in {names}"))


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
    sql.rules.append(_bad(column, "f.type", f"t_{name} is not null and v_{name} is null"))
    sql.rules.extend(_range_rules(column, f"v_{name}"))


def _number(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name = column.name
    sql.clean = _plain(column, context, sql.clean)
    sql.parsed[f"v_{name}"] = (
        f"case when regexp_full_match(t_{name}, '{_NUMBER}')"
        f" and isfinite(try_cast(t_{name} as double)) then try_cast(t_{name} as double) end"
    )
    sql.value = f"v_{name}"
    sql.rules.append(_bad(column, "f.type", f"t_{name} is not null and v_{name} is null"))
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
    sql.rules.append(_bad(column, "amount.type" if is_amount else "f.type", unreadable, is_amount))
    limit = f"{_STORED_DECIMALS}"
    if is_amount:
        limit = f"least({_STORED_DECIMALS}, {_currency_decimals('row_currency')})"
    code = "amount.scale" if is_amount else "f.type"
    sql.rules.append(_bad(column, code, f"d_{name} > {limit}", is_amount))
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
    sql.rules.append(_bad(column, "f.type", f"t_{name} is not null and v_{name} is null"))


def _json(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name = column.name
    sql.value = f"t_{name}"
    sql.rules.append(
        _bad(
            column, "f.type", f"t_{name} is not null and not coalesce(json_valid(t_{name}), false)"
        )
    )


def _timestamp(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name, zone = column.name, quoted(context.source_timezone)
    text = f"t_{name}"
    shape = f"regexp_full_match({text}, '{_TIMESTAMP}')"
    sql.parsed[f"o_{name}"] = f"regexp_matches({text}, ':[0-9.,]+ ?{_OFFSET}$')"
    # Seconds may be left out and a comma may stand for the point; DuckDB reads neither.
    padded = (
        f"upper(replace(replace(regexp_replace({text}, '^(.{{10}})[T ](.{{5}})( ?({_OFFSET}))?$',"
        f" '\\1T\\2:00\\4'), ',', '.'), ' ', 'T'))"
    )
    usual = f"length({text}) = 19"
    iso = f"case when {usual} then {text} else regexp_replace({padded}, 'T(Z|[+-])', '\\1') end"
    sql.parsed[f"i_{name}"] = f"case when {shape} then {iso} end"
    offset = f"o_{name}"
    sql.resolved[f"p_{name}"] = f"case when not {offset} then try_cast(i_{name} as timestamp) end"
    sql.resolved[f"x_{name}"] = f"case when {offset} then try_cast(i_{name} as timestamptz) end"
    local = f"p_{name}"
    first = f"timezone({zone}, {local})"
    # Of a local time that was twice the engine gives the second; the first is taken.
    earlier = f"{first} - interval 1 hour"
    twice = f"({local} is not null and timezone({zone}, {earlier}) = {local})"
    has_clock_changes = context.source_timezone.upper() not in ("UTC", "ETC/UTC", "GMT")
    value = f"case when {twice} then {earlier} else {first} end" if has_clock_changes else first
    sql.value = f"coalesce(x_{name}, {value})"
    unread = f"{text} is not null and {local} is null and x_{name} is null"
    sql.rules.append(_bad(column, "ts.type", unread))
    if has_clock_changes:
        only_day = f"length({text}) = 10"
        gap = f"timezone({zone}, {first}) <> {local} and not {only_day}"
        sql.rules.append(_bad(column, "ts.nonexistent", gap))
        sql.rules.append(Rule("ts.ambiguous", name, f"{twice} and not {only_day}", NOTE))
    sql.rules.append(Rule("ts.assumed_tz", name, f"{local} is not null", NOTE))
    sql.rules.extend(_time_range(column, f"coalesce(x_{name}, {first})"))


def _time_range(column: Column, instant: str) -> list[Rule]:
    bounds = []
    if column.floor_year is not None:
        bounds.append(f"{instant} < timestamptz '{column.floor_year}-01-01 00:00:00+00'")
    if not column.may_be_future:
        bounds.append(f"{instant} > _received_at + interval 24 hour")
    return [_bad(column, "ts.range", " or ".join(bounds))] if bounds else []


def _date(column: Column, context: RowContext, sql: ColumnSql) -> None:
    name = column.name
    text = f"t_{name}"
    # A time of day without an offset leaves no doubt about the day that was meant; one with an
    # offset is a day only where it is midnight.
    midnight = "[T ]00:00(:00([.,]0{1,9})?)?"
    shape = f"{_DAY}([T ]{_TIME}|{midnight} ?{_OFFSET})?"
    sql.parsed[f"v_{name}"] = (
        f"case when regexp_full_match({text}, '{shape}')"
        f" then try_cast(left({text}, 10) as date) end"
    )
    sql.value = f"v_{name}"
    sql.rules.append(_bad(column, "ts.type", f"{text} is not null and v_{name} is null"))
    bounds = []
    if column.floor_year is not None:
        bounds.append(f"v_{name} < date '{column.floor_year}-01-01'")
    if not column.may_be_future:
        zone = quoted(context.timezone)
        bounds.append(f"v_{name} > cast(timezone({zone}, _received_at + interval 24 hour) as date)")
    if bounds:
        sql.rules.append(_bad(column, "ts.range", " or ".join(bounds)))


_BUILDERS: dict[str, Callable[[Column, RowContext, ColumnSql], None]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "number": _number,
    "boolean": _boolean,
    "json": _json,
    "timestamp": _timestamp,
    "date": _date,
}
