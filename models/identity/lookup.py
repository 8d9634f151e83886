"""Rows found by their numbers: tables as arrays, of which a night in part asks for a few rows.

Belongs here: holding a table's columns, finding rows by values of one. Does not: what the numbers
mean, or which are asked for.

To join a few thousand keys with millions of rows, a query hashes each of these: 30 to 50 ms, and a
night in part asks some fifty times. Here flags by the first bits say which rows can be meant, and
only those are compared: 8 ms for three million rows, without an index to make or to keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from models.identity import frames
from models.identity.evidence import one_number

if TYPE_CHECKING:
    import duckdb

#: How many first bits of a hash have a flag, and how many hashes are looked at in one go: flags and
#: what comes of them fit a processor's cache.
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
    """A query's result, held as arrays."""

    def __init__(self, con: duckdb.DuckDBPyConnection, query: str, table: str) -> None:
        """Read what a query says of each row of a table."""
        n_rows = one_number(con, f"select count(*) from {table}")
        # in one batch, so that a column is one array
        self.table = con.execute(query).to_arrow_table(max(n_rows, 1))

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def values(self, column: str) -> Any:
        """Give a column of hashes as it is in memory, shape (rows,): anything where it is NULL."""
        chunks = self.table.column(column).chunks
        data = chunks[0].buffers()[1] if chunks else b""
        return np.frombuffer(data, dtype=np.uint64)[: len(self)]

    def lists(self, column: str) -> tuple[Any, Any]:
        """Give the hashes of a column of lists one after the other, and how many each row has."""
        chunks = self.table.column(column).chunks
        if not chunks:
            return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
        begins = np.frombuffer(chunks[0].buffers()[1], dtype=np.int32)[: len(self) + 1]
        hashes = np.frombuffer(chunks[0].buffers()[3] or b"", dtype=np.uint64)
        return hashes[: begins[-1]], np.diff(begins)

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
        """Make a table of the rows at some positions, on a condition."""
        frames.put_frame(con, f"temp table {into}", self.table.take(frames.array(at)), where)


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


def positions(asked: Any, *columns: Any) -> Any:
    """Find where an array of hashes has any of some others.

    Args:
        asked: Hashes to look for, shape (n,).
        columns: Hashes, shape (rows,), any number of them the same; of several arrays their sums.

    Returns:
        Positions in the columns, ascending.
    """
    found = [np.empty(0, dtype=np.int64)]
    flags, ranked = np.zeros(1 << FLAG_BITS, dtype=bool), np.sort(asked)
    flags[ranked >> _SHIFT] = True
    for low in range(0, len(columns[0]) if len(asked) else 0, AT_ONCE):
        part = columns[0][low : low + AT_ONCE]
        for more in columns[1:]:
            part = part + more[low : low + AT_ONCE]
        at = np.flatnonzero(flags[part >> _SHIFT])
        place = np.minimum(np.searchsorted(ranked, part[at]), len(ranked) - 1)
        found.append(low + at[ranked[place] == part[at]])
    return np.concatenate(found)


def only_in_one(one: Any, other: Any) -> Any:
    """Give the values that one of two arrays has, and not the other.

    Raises:
        ValueError: An array has a value twice.
    """
    ranked = [np.sort(values) for values in (one, other)]
    if any((values[1:] == values[:-1]).any() for values in ranked):
        raise ValueError("a value is there twice")
    both = np.concatenate(ranked)
    both.sort(kind="stable")  # two that are sorted already are merged
    is_of_both = both[1:] == both[:-1]
    is_of_one = np.ones(len(both), dtype=bool)
    is_of_one[1:] &= ~is_of_both
    is_of_one[:-1] &= ~is_of_both
    return both[is_of_one]
