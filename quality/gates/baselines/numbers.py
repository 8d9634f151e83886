"""What each stream brought by day, as additive numbers (n, total, squares), counted in DuckDB.

A night's rows count for the days since the night before: a late row for the first of them, one of
days to come for the last. A source's first batch, whose past arrives at once, counts by the days of
its events, so that a first night with a long past has a baseline at once. Only batches that are
asked for are read. Belongs here: which rows count for which day. Does not: what is counted of them
(volume, measures, mixes), what is usual (expect) or wrong (judge).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from quality.contracts import Contract
from quality.gates.baselines.columns import SPLIT
from quality.gates.baselines.measures import insert_measures
from quality.gates.baselines.mixes import add_mixes, insert_mixes
from quality.gates.baselines.volume import insert_volume

COLUMNS = (
    ("batch", "BIGINT"), ("is_past", "BOOLEAN"), ("feed", "VARCHAR"), ("stream", "VARCHAR"),
    ("source", "VARCHAR"), ("measure", "VARCHAR"), ("field", "VARCHAR"), ("item", "VARCHAR"),
    ("day", "DATE"), ("n", "DOUBLE"), ("total", "DOUBLE"), ("squares", "DOUBLE"),
)  # fmt: skip
#: Days before the night that are counted: a year with the weeks of its kin for volumes; half of one
#: for what rows hold, which costs more to count.
VOLUME_DAYS, CONTENT_DAYS = 500, 180
#: Rows of a first batch that are looked at together.
PASS_ROWS = 2_000_000


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
    spans = [(w.batch, w.source, w.start_on, w.night_on) for w in windows]
    if not spans:
        return
    con.executemany("insert into span values (?, ?, ?, ?)", spans)
    columns, counted = _spanned(contract, relations, night_on - timedelta(VOLUME_DAYS), "true")
    insert_volume(con, contract, columns, counted, table)
    since = night_on - timedelta(CONTENT_DAYS)
    passes = _passes(con, contract, relations, since)
    filled: set[str] | None = None
    for which in passes:
        columns, rows = _spanned(contract, relations, since, which)
        if filled is None and len(passes) > 1:
            _, every = _spanned(contract, relations, since, "true")
            filled = _filled(con, contract, f"(select r.* from {every})")
        _look(con, contract, columns, rows, timezone)
        if filled is None:
            filled = _filled(con, contract, "looked")
        insert_measures(con, contract, relations, filled, table)
        add_mixes(con, contract, filled)
        con.execute("drop table looked")
    insert_mixes(con, contract, filled or set(), table)


def _passes(
    con: duckdb.DuckDBPyConnection, contract: Contract, relations: Mapping[str, str], since: date
) -> list[str]:
    """Conditions that share the rows out; a past that arrives at once may not fit in memory.

    Its rows count for the days of their events, so that days can be looked at apart: only those
    that are yet to come share the last one.
    """
    if contract.kind != "event":
        return ["true"]
    _, rows = _spanned(contract, relations, since, "s.start_on is null")
    found = con.execute(
        f"""select min(day) from (
          select day, (sum(n) over (order by day) - n) // {PASS_ROWS} as pass
          from (select least(r.occurred_on, s.night_on) as day, count(*) as n from {rows}
            group by all))
        group by pass order by pass"""
    ).fetchall()
    firsts = [f"date '{first}'" for (first,) in found[1:]]
    if not firsts:
        return ["true"]
    ends = [*itertools.pairwise(firsts), (firsts[-1], "date '9999-12-31'")]
    days = [
        f"r.occurred_on < {firsts[0]}",
        *(f"r.occurred_on >= {first} and r.occurred_on < {after}" for first, after in ends),
    ]
    return ["s.start_on is not null", *(f"s.start_on is null and {some}" for some in days)]


def _spanned(
    contract: Contract, relations: Mapping[str, str], since: date, which: str
) -> tuple[str, str]:
    """The columns that place rows, and the rows with their span, from a day on, of a condition."""
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
        f" where ({occurred} >= date '{since}'{late}) and {which}"
    )
    return columns, rows


def _look(
    con: duckdb.DuckDBPyConnection, contract: Contract, columns: str, rows: str, timezone: str
) -> None:
    """Make `looked`: the rows with their stream and the day that they count for."""
    time = contract.time_column if contract.kind == "event" else None
    clock = f"timezone('{quoted(timezone)}', r.{time})" if time else "null::timestamp"
    # what a row of an event holds is looked at when it first comes: later it has grown up
    fresh = " and not r.is_superseding" if time else ""
    con.execute(
        f"create or replace temp table looked as select r.*, {columns}, {clock} as local_at,"
        f" not (coalesce(r.is_deleted, false) and r.source_row is null){fresh} as is_fresh"
        f" from {rows}"
    )


def _filled(con: duckdb.DuckDBPyConnection, contract: Contract, rows: str) -> set[str]:
    """The columns that any of the rows has: the others are not mapped, and not looked at."""
    names = contract.column_names
    counts = ", ".join(f'count("{name}")' for name in names)
    found = con.execute(f"select {counts} from {rows}").fetchone() or ()
    return {name for name, count in zip(names, found, strict=True) if count}


def quoted(text: str) -> str:
    """A text as it stands between the quotes of an SQL literal."""
    return text.replace("'", "''")
