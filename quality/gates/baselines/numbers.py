"""What each stream brought by day, as additive numbers (n, total, squares), counted in DuckDB.

A night's rows count for the days since the night before: a late row for the first of them, one of
days to come for the last. A source's first batch, whose past arrives at once, counts by the days of
its events, so that a first night with a long past has a baseline at once. Only batches that are
asked for are read. Not here: what is usual (expect) or wrong (judge).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from quality.contracts import Contract
from quality.gates.baselines.columns import FOLLOWERS, REFERENCES, SPLIT, looked_at

COLUMNS = (
    ("batch", "BIGINT"), ("is_past", "BOOLEAN"), ("feed", "VARCHAR"), ("stream", "VARCHAR"),
    ("source", "VARCHAR"), ("measure", "VARCHAR"), ("field", "VARCHAR"), ("item", "VARCHAR"),
    ("day", "DATE"), ("n", "DOUBLE"), ("total", "DOUBLE"), ("squares", "DOUBLE"),
)  # fmt: skip
#: Days before the night that are counted: a year with the weeks of its kin for volumes; half of one
#: for what rows hold, which costs more to count.
VOLUME_DAYS, CONTENT_DAYS = 500, 180
#: Values of a column beyond this many a batch are counted together.
MOST_ITEMS = 40
OTHERS = "(others)"
_HOURS_A_PART = 3
_Given = tuple[str, str, str, str, str]  # measure, field, and SQL of n, total, squares


@dataclass(frozen=True)
class Window:
    """The days that a batch's rows of a source count for.

    Attributes:
        batch: Its number.
        source: The source.
        start_on: First day; None in a source's first batch, which counts by day of event.
        night_on: Last day: the business date of the night.
    """

    batch: int
    source: str
    start_on: date | None
    night_on: date


def create_numbers(con: duckdb.DuckDBPyConnection, table: str = "number") -> None:
    """Make an empty table of numbers."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
    con.execute(f"create or replace table {table} ({columns})")


def collect(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    relations: Mapping[str, str],
    windows: Iterable[Window],
    night_on: date,
    timezone: str,
    table: str = "number",
) -> None:
    """Count the rows of a feed in some batches, into a table that `create_numbers` made.

    Args:
        con: A connection whose time zone is UTC.
        contract: The feed's contract.
        relations: What to select from to read the rows of the batches (by the feed's name), and of
            each other feed, all its rows.
        windows: The batches, a window for each source.
        night_on: The night that will be judged: what is too long before it is left out.
        timezone: The company's zone, for hours of the day.
        table: Where to.
    """
    con.execute(
        "create or replace temp table span (batch bigint, source varchar, start_on date,"
        " night_on date)"
    )
    rows = [(w.batch, w.source, w.start_on, w.night_on) for w in windows]
    if not rows:
        return
    con.executemany("insert into span values (?, ?, ?, ?)", rows)
    _insert_volume(con, contract, relations, night_on - timedelta(VOLUME_DAYS), table)
    _look(con, contract, relations, night_on - timedelta(CONTENT_DAYS), timezone)
    filled = _filled(con, contract)
    _insert_measures(con, contract, relations, filled, table)
    _insert_mixes(con, contract, filled, table)
    con.execute("drop table looked")


def _spanned(contract: Contract, relations: Mapping[str, str], since: date) -> tuple[str, str]:
    """The rows with their span, from a day on, and the columns that place them."""
    split = "".join(f" || '/' || coalesce(r.{name}, '')" for name in SPLIT.get(contract.feed, ()))
    is_event = contract.kind == "event"
    occurred = "r.occurred_on" if is_event else "s.night_on"
    clamped = (
        f"case when s.start_on is null then {occurred} else greatest({occurred}, s.start_on) end"
    )
    columns = (
        f"s.start_on is null as is_past, r.source_name{split} as stream,"
        f" least({clamped}, s.night_on) as day,"
        " coalesce(r.is_deleted, false) and r.source_row is null as is_closing,"
        f" s.start_on is not null and {occurred} < s.start_on as is_late,"
        f" {occurred} > s.night_on as is_future"
    )
    late = f" or s.start_on is not null and s.night_on >= date '{since}'" if is_event else ""
    rows = (
        f"{relations[contract.feed]} as r"
        " join span as s on r.batch = s.batch and r.source_name = s.source"
        f" where ({occurred} >= date '{since}'{late})"
    )
    return columns, rows


def _insert_volume(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    relations: Mapping[str, str],
    since: date,
    table: str,
) -> None:
    columns, rows = _spanned(contract, relations, since)
    con.execute(
        f"insert into {table} select batch, is_past, '{contract.feed}', stream, source_name,"
        " 'volume', '', '', day, null,"
        " count(*) filter (not is_superseding and not is_closing), null"
        f" from (select r.batch, r.source_name, r.is_superseding, {columns} from {rows}) as l"
        " group by batch, is_past, stream, source_name, day"
    )


def _look(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    relations: Mapping[str, str],
    since: date,
    timezone: str,
) -> None:
    """Make `looked`: the rows with their stream and the day that they count for."""
    columns, rows = _spanned(contract, relations, since)
    time = contract.time_column if contract.kind == "event" else None
    clock = f"timezone('{timezone}', r.{time})" if time else "null::timestamp"
    # what a row of an event holds is looked at when it first comes: later it has grown up
    fresh = " and not r.is_superseding" if time else ""
    con.execute(
        f"create or replace temp table looked as select r.*, {columns}, {clock} as local_at,"
        f" not (coalesce(r.is_deleted, false) and r.source_row is null){fresh} as is_fresh"
        f" from {rows}"
    )


def _filled(con: duckdb.DuckDBPyConnection, contract: Contract) -> set[str]:
    """The columns that any of the rows has: the others are not mapped, and not looked at."""
    names = contract.column_names
    counts = ", ".join(f'count("{name}")' for name in names)
    found = con.execute(f"select {counts} from looked").fetchone() or ()
    return {name for name, count in zip(names, found, strict=True) if count}


def _insert_measures(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    relations: Mapping[str, str],
    filled: set[str],
    table: str,
) -> None:
    """All that one pass over the rows gives: a wide row a stream and day, unfolded into long."""
    moved = [
        _share("updated", "", "count(*) filter (not is_past)",
               "count(*) filter (not is_past and is_superseding and not is_closing)"),
        _share("closed", "", "count(*)", "count(*) filter (is_closing)"),
    ]  # fmt: skip
    _insert_wide(con, contract, moved, "looked", table)
    given, joins = _given(contract, relations, filled)
    fresh = f"(select *{''.join(f', {flag}' for flag in joins)} from looked where is_fresh)"
    _insert_wide(con, contract, given, fresh, table)
    money = [_level(column, value_of(column)) for column in _in_currencies(contract, filled)]
    if money:
        # sums of two currencies have no mean: each is judged in its own
        rows = "(select *, coalesce(currency, '') as kept_item from looked where is_fresh)"
        _insert_wide(con, contract, money, rows, table, item="kept_item")


def _given(
    contract: Contract, relations: Mapping[str, str], filled: set[str]
) -> tuple[list[_Given], list[str]]:
    """What is counted of fresh rows, and the flags that must be looked up in other feeds."""
    looked = looked_at(contract)
    given = _of_time(contract) if contract.kind == "event" else []
    given += [
        _share("filled", c, "count(*)", f'count("{c}")') for c in looked.optional if c in filled
    ]
    money = _in_currencies(contract, filled)
    for column in looked.numbers:
        if column in filled:
            given += [_share("negative", column, f'count("{column}")',
                             f'count(*) filter ("{column}" < 0)')]  # fmt: skip
            if column not in money:
                given.append(_level(column, value_of(column, is_plain=column in looked.plain)))
    content = [c for c in looked.content if c in filled]
    if len(content) > 2 and contract.kind == "event":
        listed = ", ".join(f'"{c}"' for c in content)
        given.append(
            _share("repeated", "", "count(*)", f"count(*) - count(distinct hash({listed}))")
        )
    if contract.is_person and contract.kind == "event":
        given.append(_share("persons", "", "count(identity_key)", "count(distinct identity_key)"))
    if contract.kind == "event":
        given.append(_density(contract))
    joins = []
    for number, (column, parent, key) in enumerate(REFERENCES.get(contract.feed, ())):
        if column in filled:
            joins.append(_lookup(f"known_{number}", column, parent, key, relations))
            total = f"count(*) filter (known_{number})"
            given.append(_share("known", column, f'count("{column}")', total))
    for number, (key, child, column) in enumerate(FOLLOWERS.get(contract.feed, ())):
        joins.append(_lookup(f"followed_{number}", key, child, column, relations))
        given.append(_share("followed", child, "count(*)", f"count(*) filter (followed_{number})"))
    return given, joins


def _insert_wide(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    given: list[_Given],
    rows: str,
    table: str,
    item: str = "''",
) -> None:
    """Aggregate rows to a wide row a stream and day, and unfold it into a long one a number."""
    structs = ", ".join(
        f"{{'measure': '{measure}', 'field': '{field}', 'n': cast({n} as double),"
        f" 'total': cast({total} as double), 'squares': cast({squares} as double)}}"
        for measure, field, n, total, squares in given
    )
    con.execute(
        f"insert into {table} select batch, is_past, '{contract.feed}', stream, source_name,"
        " u.measure, u.field, item, day, u.n, u.total, u.squares"
        f" from (select batch, is_past, stream, source_name, day, {item} as item,"
        f" unnest([{structs}]) as u from {rows} as l"
        " group by batch, is_past, stream, source_name, day, item) as told"
        " where u.n > 0"
    )


def _share(measure: str, field: str, n: str, total: str) -> _Given:
    return (measure, field, n, total, "null")


def _of_time(contract: Contract) -> list[_Given]:
    own = "filter (where local_at is not null and not is_late and not is_future)"
    hour = "extract(hour from local_at) + extract(minute from local_at) / 60"
    given = [
        # a row past midnight has come to another day: its hour would hide by how much
        ("hour", "", f"count(*) {own}", f"sum({hour}) {own}", f"sum(({hour}) * ({hour})) {own}"),
        ("last_hour", "", "1", f"max({hour})", "null"),
        _share("late", "", "count(*) filter (not is_past)", "count(*) filter (is_late)"),
    ]
    if not contract.column(str(contract.time_column)).may_be_future:
        given.append(_share("future", "", "count(*)", "count(*) filter (is_future)"))
    return given


def _in_currencies(contract: Contract, filled: set[str]) -> list[str]:
    """Columns of money, where rows say in which currency."""
    if "currency" not in filled:
        return []
    return [c for c in looked_at(contract).numbers if c.endswith("amount") and c in filled]


def value_of(column: str, *, is_plain: bool = False) -> str:
    """A number as it is compared: on a scale as it is, else the logarithm of its size."""
    value = f'cast("{column}" as double)'
    return value if is_plain else f"ln(1 + abs({value}))"


def _level(column: str, value: str) -> _Given:
    return ("level", column, f'count("{column}")', f"sum({value})", f"sum(({value}) * ({value}))")


def _density(contract: Contract) -> _Given:
    """Running numbers in the last key column: how many of those between the ends came."""
    key = [c for c in contract.key if c not in ("source_system", "line_number", "question_id")][-1]
    number = (
        f"try_cast(regexp_extract(cast(\"{key}\" as varchar), '([0-9]{{1,15}})$', 1) as bigint)"
    )
    span = f"(max({number}) - min({number}) + 1)"
    # numbers with wide gaps are no running numbers: what comes of them tells nothing
    running = f"count(distinct {number}) >= 0.5 * {span}"
    n = f"case when count({number}) = count(*) and {running} then {span} end"
    return ("density", "", n, f"count(distinct {number})", "null")


def _lookup(flag: str, column: str, parent: str, key: str, relations: Mapping[str, str]) -> str:
    return (
        f'"{column}" in (select p."{key}" from {relations[parent]} as p'
        f' where p."{key}" is not null) as {flag}'
    )


def _insert_mixes(
    con: duckdb.DuckDBPyConnection, contract: Contract, filled: set[str], table: str
) -> None:
    """Shares of the values of columns, and of the parts of the day, out of one pass."""
    looked = looked_at(contract)
    columns = [c for c in looked.categories if c in filled]
    columns += [c for c in looked.plain if c in filled]
    parts = {f"mix_{number}": f'cast("{name}" as varchar)' for number, name in enumerate(columns)}
    kinds = {f"mix_{number}": ("mix", name) for number, name in enumerate(columns)}
    if contract.kind == "event":
        parts["hours"] = f"cast(floor(extract(hour from local_at) / {_HOURS_A_PART}) as varchar)"
        kinds["hours"] = ("hours", "")
    if not parts:
        return
    selected = ", ".join(f"{sql} as {name}" for name, sql in parts.items())
    sets = ", ".join(f"(batch, is_past, stream, source_name, day, {name})" for name in parts)
    con.execute(
        f"create or replace temp table mixed as select batch, is_past, stream, source_name, day,"
        f" {', '.join(parts)}, grouping({', '.join(parts)}) as which, count(*) as many"
        f" from (select batch, is_past, stream, source_name, day, {selected} from looked"
        " where is_fresh) as l"
        f" group by grouping sets ({sets})"
    )
    everyone = (1 << len(parts)) - 1
    for place, name in enumerate(parts):
        bit = everyone & ~(1 << (len(parts) - 1 - place))
        measure, field = kinds[name]
        con.execute(
            f"insert into {table}"
            f" with counted as (select * from mixed where which = {bit} and {name} is not null),"
            f" often as (select {name} from counted group by {name}"
            f" order by sum(many) desc, {name} limit {MOST_ITEMS})"
            f" select batch, is_past, '{contract.feed}', stream, source_name, '{measure}',"
            f" '{field}',"
            f" case when {name} in (from often) then {name} else '{OTHERS}' end as item, day,"
            " sum(sum(many)) over (partition by batch, stream, day), sum(many), null"
            " from counted group by batch, is_past, stream, source_name, day, item"
        )
