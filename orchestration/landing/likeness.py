"""Whether a column still looks like itself: its values' kinds, and the words that it used to hold.

Here: two files' rows side by side, by their first rows. Not here: what is made of it (a remark; the
gates judge numbers over time).

A column has shifted where the kinds of its texts (empty, number, time, address, word) moved between
two files by half of all rows or more, or where it used to hold a few words and half of the rows
now hold words that it never held. Both files need rows enough to say so.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from orchestration.sql_text import literal, name

_ROWS = 5_000  # looked at of each file
_FEWEST = 100  # rows for kinds
_FEWEST_WORDS = 500  # rows for words
_MOST_WORDS = 50
_MOVED = 0.5

_KIND = """case when v is null or trim(v) = '' then 'empty'
  when regexp_full_match(v, '\\s*[+-]?[0-9.,]+\\s*') then 'number'
  when regexp_matches(v, '^\\s*[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}') then 'time'
  when contains(v, '@') then 'address' else 'word' end"""


def shifted_columns(before: Path, now: Path, read: Collection[str]) -> list[str]:
    """Names of the text columns of two files of rows that no longer look like themselves.

    Args:
        before: rows of the older file.
        now: rows of the newer one.
        read: names in lower case of the columns that matter.
    """
    with duckdb.connect() as connection:
        columns = [c for c in _texts(connection, before, now) if c.lower() in read]
        if not columns:
            return []
        for table, path in (("older", before), ("newer", now)):
            listed = ", ".join(name(column) for column in columns)
            connection.execute(
                f"create temp table {table} as select c, v, {_KIND} as kind from"
                f" (select {listed} from read_parquet({literal(str(path))}) limit {_ROWS})"
                f" unpivot include nulls (v for c in ({listed}))"
            )
        found = connection.execute(
            f"""with sizes as (
                select c, count(*) filter (is_new) as n_new, count(*) filter (not is_new) as n_old
                from (select c, true as is_new from newer union all select c, false from older)
                group by c),
            kinds as (
                select c, kind, count(*) filter (is_new) as a, count(*) filter (not is_new) as b
                from (select c, kind, true as is_new from newer
                  union all select c, kind, false from older) group by c, kind),
            moved as (
                select k.c, sum(abs(a / n_new - b / n_old)) / 2 as distance
                from kinds k join sizes s using (c)
                where n_new >= {_FEWEST} and n_old >= {_FEWEST} group by k.c),
            words as (
                select c, list(distinct v) as known from older group by c
                having count(*) >= {_FEWEST_WORDS} and count(distinct v) between 2 and {_MOST_WORDS}
                  and bool_and(kind in ('word', 'empty'))),
            strange as (
                select n.c, avg((n.kind = 'word' and not list_contains(w.known, n.v))::int) as share
                from newer n join words w using (c) join sizes s using (c)
                where s.n_new >= {_FEWEST} group by n.c)
            select c from moved where distance >= {_MOVED}
            union select c from strange where share >= {_MOVED} order by c"""
        ).fetchall()
    return [column for (column,) in found]


def _texts(connection: duckdb.DuckDBPyConnection, before: Path, now: Path) -> list[str]:
    """Text columns that both files have, lineage aside."""
    kinds = [
        {
            row[0]: row[1]
            for row in connection.execute(
                f"describe select * from read_parquet({literal(str(path))})"
            ).fetchall()
        }
        for path in (before, now)
    ]
    return [
        column
        for column, kind in kinds[0].items()
        if kind == "VARCHAR" and kinds[1].get(column) == "VARCHAR" and not column.startswith("_")
    ]
