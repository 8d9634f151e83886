"""A batch's rows in order of day: sorted at once, or many of them by spans of days.

Belongs here: cutting the days into spans and putting their rows together. Does not: which rows, or
the file that they are written to (writing).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import duckdb

from orchestration.feeds.versions import OUTCOME
from orchestration.sql_text import literal

#: Rows that are sorted at a time.
SORTED_ROWS = 1_000_000


def in_order(connection: duckdb.DuckDBPyConnection, of_days: Callable[[str], str]) -> str:
    """The rows in order; many of them by days into a table, since sorting all fills the disk.

    A sort holds its rows as they are, uncompressed, until the last one has come.

    Args:
        connection: with the table of outcomes.
        of_days: gives the ordered rows of those days that a condition on `occurred_on` names.

    Returns:
        A SELECT of the rows in order.
    """
    spans = _spans(connection)
    if len(spans) == 1:
        return of_days("true")
    table = "_ordered"
    connection.execute(f"create table {table} as {of_days('false')}")
    for days in spans:
        connection.execute(f"insert into {table} {of_days(days)}")
    return f"select * from {table}"


def _spans(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Conditions on `occurred_on`, in order, that each take some `SORTED_ROWS` rows."""
    found = connection.execute(
        f"""select min(occurred_on) from (
          select occurred_on, (sum(n) over (order by occurred_on) - n) // {SORTED_ROWS} as span
          from (select occurred_on, count(*) as n from {OUTCOME}
            where is_written and occurred_on is not null group by occurred_on))
        group by span order by span"""
    ).fetchall()
    firsts = [f"date {literal(str(first))}" for (first,) in found[1:]]
    if not firsts:
        return ["true"]
    between = [
        f"occurred_on >= {first} and occurred_on < {after}"
        for first, after in itertools.pairwise(firsts)
    ]
    return [
        f"occurred_on < {firsts[0]}",
        *between,
        f"coalesce(occurred_on >= {firsts[-1]}, true)",  # rows without a day come last
    ]
