"""Rules for dates and times: their text, their zone, and the hours that a clock change takes.

Belongs here: rules of the contract types timestamp and date. Does not: other types (text_rules).
An offset is kept; a time without one is in the source's zone; a local time that never was is no
time; of one that was twice the first is taken.
"""

from __future__ import annotations

from quality.contracts import Column
from quality.rule_model import NOTE, ColumnSql, RowContext, Rule, bad_field, quoted

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?"
_OFFSET = "(Z|z|[+-]([01][0-9])(:?[0-5][0-9])?)"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIMESTAMP = f"{_DAY}([T ]{_TIME} ?{_OFFSET}?)?"


def timestamp_rules(column: Column, context: RowContext, sql: ColumnSql) -> None:
    """Add the levels and rules of a timestamp column to `sql`."""
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
    sql.rules.append(bad_field(column, "ts.type", unread))
    if has_clock_changes:
        only_day = f"length({text}) = 10"
        gap = f"timezone({zone}, {first}) <> {local} and not {only_day}"
        sql.rules.append(bad_field(column, "ts.nonexistent", gap))
        sql.rules.append(Rule("ts.ambiguous", name, f"{twice} and not {only_day}", NOTE))
    sql.rules.append(Rule("ts.assumed_tz", name, f"{local} is not null", NOTE))
    sql.rules.extend(_time_range(column, f"coalesce(x_{name}, {first})"))


def _time_range(column: Column, instant: str) -> list[Rule]:
    bounds = []
    if column.floor_year is not None:
        bounds.append(f"{instant} < timestamptz '{column.floor_year}-01-01 00:00:00+00'")
    if not column.may_be_future:
        bounds.append(f"{instant} > _received_at + interval 24 hour")
    return [bad_field(column, "ts.range", " or ".join(bounds))] if bounds else []


def date_rules(column: Column, context: RowContext, sql: ColumnSql) -> None:
    """Add the level and rules of a date column to `sql`."""
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
    sql.rules.append(bad_field(column, "ts.type", f"{text} is not null and v_{name} is null"))
    bounds = []
    if column.floor_year is not None:
        bounds.append(f"v_{name} < date '{column.floor_year}-01-01'")
    bounds += [f"v_{name} = date '{day}'" for day in column.stand_ins]
    if not column.may_be_future:
        zone = quoted(context.timezone)
        bounds.append(f"v_{name} > cast(timezone({zone}, _received_at + interval 24 hour) as date)")
    if bounds:
        sql.rules.append(bad_field(column, "ts.range", " or ".join(bounds)))
