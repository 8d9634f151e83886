"""Rows found by their numbers: tables as arrays, of which a night in part asks for a few rows.

Belongs here: holding a table's columns, finding rows by values of one. Does not: what the numbers
mean, or which are asked for.

To join a few thousand keys with millions of rows, a query hashes each of these: 30 to 50 ms, and a
night in part asks some fifty times. Here flags by the first bits say which rows can be meant, and
only those are compared: 8 ms for three million rows, without an index to make or to keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from models.identity.arrays import frames

if TYPE_CHECKING:
    import duckdb

#: How many first bits of a hash have a flag, and how many hashes stand in one array: flags and what
#: comes of them fit a processor's cache.
FLAG_BITS, AT_ONCE = 22, 1 << 17
_SHIFT = np.uint64(64 - FLAG_BITS)


class Stored:
    """A table of the database, for a night that has worked out everything and asks a few times."""

    def __init__(self, table: str) -> None:
        self.table = table

    def find(self, con: duckdb.DuckDBPyConnection, into: str, column: str, asked: str) -> None:
        """Make a table of the rows with one of some hashes in a column (:meth:`Arrays.find`)."""
        con.execute(f"create or replace temp table {into} as from {self.table}"
                    f" where {column} in ({asked})")  # fmt: skip


class Arrays:
    """A query's result, held as arrays of :data:`AT_ONCE` rows.

    Larger ones are copied as they grow, and ask the system for all of their memory anew.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Read a query's rows."""
        table = con.execute(query).to_arrow_table(AT_ONCE)
        self._schema, self.batches = table.schema, table.to_batches()
        self._begins = np.cumsum([0, *map(len, self.batches)])

    def __len__(self) -> int:
        return int(self._begins[-1])

    def values(self, column: str) -> list[Any]:
        """Give a column of hashes as it is in memory, by batch: anything where it is NULL."""
        return [
            np.frombuffer(batch.column(column).buffers()[1], dtype=np.uint64)[: len(batch)]
            for batch in self.batches
        ]

    def lists(self, column: str) -> list[tuple[Any, Any]]:
        """Give, by batch, the hashes of a column of lists one after the other, and whose each is.

        Whose: a row's place in its batch.
        """
        found = []
        for batch in self.batches:
            _, ends, _, hashes = batch.column(column).buffers()
            begins = np.frombuffer(ends, dtype=np.int32)[: len(batch) + 1]
            told = np.frombuffer(hashes or b"", dtype=np.uint64)[: begins[-1]]
            found.append((told, np.repeat(np.arange(len(batch)), np.diff(begins))))
        return found

    def find(
        self, con: duckdb.DuckDBPyConnection, into: str, column: str, asked: str | Any
    ) -> None:
        """Make a table of the rows with one of some hashes in a column; all columns.

        Args:
            con: Where the table is made.
            into: The table's name; one that is there is replaced.
            column: The column of hashes.
            asked: The hashes, any of them more than once: an array, or a query of one column.
        """
        if isinstance(asked, str):
            (found,) = con.execute(asked).fetchnumpy().values()
            asked = np.ma.compressed(found)
        self.take(con, into, positions(asked, self.values(column)), f"where {column} is not null")

    def take(self, con: duckdb.DuckDBPyConnection, into: str, at: Any, where: str = "") -> None:
        """Make a table of the rows at some positions, ascending, on a condition."""
        import pyarrow as pa

        cuts = np.searchsorted(at, self._begins)
        taken = [
            batch.take(frames.array(at[low:high] - begin))
            for batch, begin, low, high in zip(
                self.batches, self._begins[:-1], cuts[:-1], cuts[1:], strict=True
            )
            if low < high
        ]
        table = pa.Table.from_batches(taken, self._schema)
        frames.put_frame(con, f"temp table {into}", table, where)


class Lookups(NamedTuple):
    """What a night looks up.

    Attributes:
        ends: Tonight's links (``tonight_end``).
        records: Tonight's records (``tonight_record``).
        nodes: Of which exact cluster each key was last night (``kept.key_node``).
    """

    ends: Arrays | Stored
    records: Arrays | Stored
    nodes: Arrays | Stored


#: What a full run looks up, in the end.
TABLES = Lookups(
    Stored("tonight_end"),
    Stored("tonight_record"),
    Stored("kept.key_node"),
)


def positions(asked: Any, *columns: list[Any]) -> Any:
    """Find where an array of hashes has any of some others.

    Args:
        asked: Hashes to look for, shape (n,).
        columns: Hashes in arrays one after the other (shape of each: its rows), any number of them
            the same; of several columns their sums.

    Returns:
        Positions in the columns, ascending.
    """
    found = [np.empty(0, dtype=np.int64)]
    flags, ranked = np.zeros(1 << FLAG_BITS, dtype=bool), np.sort(asked)
    flags[ranked >> _SHIFT] = True
    begin = 0
    for first, *others in zip(*columns, strict=True) if len(asked) else ():
        part = sum(others, first)
        at = np.flatnonzero(flags[part >> _SHIFT])
        place = np.minimum(np.searchsorted(ranked, part[at]), len(ranked) - 1)
        found.append(begin + at[ranked[place] == part[at]])
        begin += len(part)
    return np.concatenate(found)


def only_in_one(one: Sequence[Any], other: Sequence[Any]) -> Any:
    """Give the values that one of two columns (arrays one after the other) has, and not the other.

    Raises:
        ValueError: A column has a value twice.
    """
    none = np.empty(0, dtype=np.uint64)
    ranked = [np.concatenate([none, *column]) for column in (one, other)]
    for values in ranked:
        values.sort()
    if any((values[1:] == values[:-1]).any() for values in ranked):
        raise ValueError("a value is there twice")
    both = np.concatenate(ranked)
    both.sort(kind="stable")  # two that are sorted already are merged
    is_of_both = both[1:] == both[:-1]
    is_of_one = np.ones(len(both), dtype=bool)
    is_of_one[1:] &= ~is_of_both
    is_of_one[:-1] &= ~is_of_both
    return both[is_of_one]
