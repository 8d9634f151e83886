"""What of a source is landed already: how far its cursor came, and which rows need not come again.

Here: questions to the parsed rows. Not here: asking the source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.home import Home
from orchestration.landing.holdings import Holdings
from orchestration.landing.receive import raw_path
from orchestration.ledger import Ledger
from orchestration.sql_text import name as identifier
from orchestration.sql_text import one_path

if TYPE_CHECKING:
    from orchestration.company import Source

_LINEAGE = ("_line", "_last_line", "_file_id")


class Known:
    """The landed rows of one source, as they are when it is made."""

    def __init__(self, home: Home, ledger: Ledger, source: Source) -> None:
        """Look at what the source holds; files are opened when asked about."""
        arrivals = Holdings(ledger.arrivals(source.name), source.mode).current()
        paths = [home.rows_file(source.name, arrival.file_id) for arrival in arrivals]
        self.paths: list[Path] = [path for path in paths if path.exists()]
        self.raw = [
            raw_path(home, source.name, arrival.file_id, arrival.name) for arrival in arrivals
        ]
        self._cursor = source.cursor

    def schema(self) -> pa.Schema | None:
        """The newest file's columns and types, lineage left out; None where nothing is landed."""
        if not self.paths:
            return None
        schema = pq.read_schema(self.paths[-1])
        return pa.schema([field for field in schema if field.name not in _LINEAGE])

    def newest(self, at_most: Any = None) -> Any:
        """The newest value of the cursor that is landed, up to a bound; None where there is none.

        The bound is the source's own clock: one row dated ahead of it must not hide all that is
        changed until then.
        """
        schema = self.schema()
        if schema is None or self._cursor is None or self._cursor not in schema.names:
            return None
        column = identifier(self._cursor)
        bound = "" if at_most is None else f" where {column} <= $1"
        with _engine() as connection:
            found = connection.execute(
                f"select max({column}) from {self._rows()}{bound}",
                [] if at_most is None else [at_most],
            ).fetchone()
        return found[0] if found else None

    def newest_text(self) -> str | None:
        """The newest cursor of rows whose columns are text: by number where all are numbers."""
        schema = self.schema()
        if schema is None or self._cursor is None or self._cursor.lower() not in self._there():
            return None
        column = identifier(self._cursor)
        with _engine() as connection:
            found = connection.execute(
                f"select case when count({column}) = count(try_cast({column} as bigint))"
                f" then cast(max(try_cast({column} as bigint)) as varchar) else max({column}) end"
                f" from {self._rows()}"
            ).fetchone()
        return found[0] if found else None

    def lines(self, since: str | None) -> set[bytes]:
        """Digests (md5) of the landed lines of files that reach to a cursor's value or beyond."""
        if since is None or not self.paths:
            return set()
        column = identifier(str(self._cursor))
        bound = f"try_cast({column} as bigint) >= $1" if since.isdigit() else f"{column} >= $1"
        with _engine() as connection:
            reaching = connection.execute(
                f"select distinct _file_id from {self._rows()} where {bound} or {column} is null",
                [int(since) if since.isdigit() else since],
            ).fetchall()
        ids = {file_id for (file_id,) in reaching}
        return {
            hashlib.md5(line.rstrip(b"\n"), usedforsecurity=False).digest()
            for path in self.raw
            if path.name.split(".")[0] in ids
            for line in path.read_bytes().splitlines(keepends=True)
        }

    def hashes(self, columns: Sequence[str], since: Any) -> pa.Table:
        """A hash of each landed row from a cursor's value on: `_hash`, text (n)."""
        schema = self.schema()
        if schema is None:
            return pa.table({"_hash": pa.array([], pa.string())})
        there = self._there()
        cursor = identifier(str(self._cursor))
        where = "" if since is None else f" where {cursor} >= $1 or {cursor} is null"
        with _engine() as connection:
            return connection.execute(
                f"select distinct {_hash(columns, there)} as _hash from {self._rows()}{where}",
                [] if since is None else [since],
            ).to_arrow_table()

    def _there(self) -> set[str]:
        return {name.lower() for path in self.paths for name in pq.read_schema(path).names}

    def _rows(self) -> str:
        listed = ", ".join(one_path(path) for path in self.paths)
        return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def new_rows(table: pa.Table, hashes: pa.Table) -> pa.Table:
    """The rows of a table whose hash is not among known ones, in their order."""
    if not hashes.num_rows or not table.num_rows:
        return table
    with _engine() as connection:
        connection.register("fetched", table)
        connection.register("known", hashes)
        own = _own_hash(table)
        kept = connection.execute(
            f"select _at from (select {own} as _hash, row_number() over () - 1 as _at from fetched)"
            " anti join known using (_hash) order by _at"
        ).to_arrow_table()
    return table.take(kept["_at"])


def hashes_of(table: pa.Table) -> pa.Table:
    """The hash of each row of a table, as `Known.hashes` gives it."""
    with _engine() as connection:
        connection.register("fetched", table)
        own = _own_hash(table)
        return connection.execute(f"select {own} as _hash from fetched").to_arrow_table()


def _own_hash(table: pa.Table) -> str:
    return _hash(table.column_names, {name.lower() for name in table.column_names})


def _hash(columns: Sequence[str], there: set[str]) -> str:
    """SQL of a row's hash; a column that older files have not is NULL in them."""
    parts = [
        f"coalesce(cast({identifier(c)} as varchar), chr(1))" if c.lower() in there else "chr(1)"
        for c in sorted(columns)
    ]
    return f"md5(concat_ws(chr(31), {', '.join(parts)}))"


def _engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    connection.execute("set TimeZone = 'UTC'")
    return connection
