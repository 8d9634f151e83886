"""One read-only connection to Postgres, and COPY out of one moment of one table.

Here: the session, its time-outs, the columns of a table, rows as Arrow tables, and what an error of
the server means. Not here: what is read and when it is tried again (postgres).

Why no library's reader: dlt's `sql_table` (1.31, pyarrow backend) refuses a plain `numeric` (it
takes it for decimal(38, 9)), reads each table at a moment of its own, and keeps its mark in a state
beside the data. COPY is exact text that Arrow parses, at several times the speed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import csv as arrow_csv

from orchestration.fetching.postgres_types import Column, column_of
from orchestration.landing.problems import Refused

if TYPE_CHECKING:
    from orchestration.company import Source

CONNECT_SECONDS = 15
LOCK_SECONDS = 30
PART_BYTES = 64 << 20
_DENIED = ("28", "42501")
_MISSING = ("3D000", "3F000", "42P01", "42703")
_BROKEN = ("08", "57P", "53", "40001", "40P01")
_DENIED_WORDS = ("authentication failed", "no pg_hba.conf", "no password", "does not exist")


class Broken(Exception):  # noqa: N818 - reads as the state it reports
    """The connection broke, or the server was not ready: another try may go better."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Shape:
    """A table as it is now: its columns, and its primary key."""

    relation: str  # quoted
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    @property
    def arrow(self) -> pa.Schema:
        """The columns as Arrow has them."""
        return pa.schema([pa.field(column.name, column.type) for column in self.columns])


class Table:
    """A connection in one transaction of one moment. Use as a context manager."""

    def __init__(self, source: Source) -> None:
        """Read the one table of `source`."""
        self._source = source
        self._connection: Any = None

    def __enter__(self) -> Table:
        import psycopg2

        try:
            self._connection = psycopg2.connect(
                self._source.dsn, connect_timeout=CONNECT_SECONDS, application_name="wholeview",
                keepalives=1, keepalives_idle=10, keepalives_interval=5, keepalives_count=3,
                tcp_user_timeout=30_000,
            )  # fmt: skip
            self._connection.set_client_encoding("UTF8")
            # one moment for all that is read, and nothing can be written
            self._connection.set_session(
                isolation_level="REPEATABLE READ", readonly=True, autocommit=False
            )
            self._run(
                f"set local statement_timeout = {self._source.timeout_seconds * 1000};"
                f"set local lock_timeout = {LOCK_SECONDS * 1000};"
                f"set local idle_in_transaction_session_timeout = '30min';"
                "set local TimeZone = 'UTC'; set local DateStyle = 'ISO, YMD';"
                "set local extra_float_digits = 3; set local IntervalStyle = 'iso_8601';"
                "set local bytea_output = 'hex'"
            )
        except psycopg2.Error as problem:
            self.close()
            raise self._meaning(problem) from None
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection, broken or not."""
        import contextlib

        import psycopg2

        if self._connection is not None:
            with contextlib.suppress(psycopg2.Error):
                self._connection.close()

    def now(self) -> dt.datetime:
        """The moment that is read, by the database's clock."""
        found = self._run("select now()")[0][0]
        assert isinstance(found, dt.datetime)
        return found.astimezone(dt.UTC)

    def shape(self) -> Shape:
        """The table's columns, as far as they may be read, and its primary key.

        Raises:
            Refused: source.missing: no such table for this user.
        """
        schema, _, table = self._source.tables[0].rpartition(".")
        found = self._run(
            "select c.oid, n.nspname, c.relname from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname = %s and "
            + ("n.nspname = %s" if schema else "pg_table_is_visible(c.oid)"),
            [table, schema] if schema else [table],
        )
        if not found:
            raise Refused(
                "source.missing",
                f"{self._source.name}: no table {self._source.tables[0]!r} that this user sees;"
                " mend `tables` (schema.table), or grant select",
            )
        oid, *name = found[0]
        columns = self._run(
            "select a.attname, format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid),"
            " case when t.typbasetype = 0 then a.atttypmod else t.typtypmod end)"
            " from pg_attribute a join pg_type t on t.oid = a.atttypid"
            " where a.attrelid = %s and a.attnum > 0 and not a.attisdropped"
            " and has_column_privilege(a.attrelid, a.attnum, 'select') order by a.attnum",
            [oid],
        )
        key = self._run(
            "select a.attname from pg_index i"
            " cross join unnest(i.indkey) with ordinality as k(attnum, place)"
            " join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum"
            " where i.indrelid = %s and i.indisprimary order by k.place",
            [oid],
        )
        return Shape(
            ".".join(_quoted(part) for part in name),
            tuple(column_of(name, kind) for name, kind in columns),
            tuple(column for (column,) in key),
        )

    def copy(
        self,
        shape: Shape,
        cursor: str | None,
        since: Any,
        part_rows: int,
        each: Callable[[pa.Table], None],
        limit: int | None = None,
    ) -> None:
        """Give the rows to `each`, by parts, in the order of the cursor and of the key.

        Where the connection breaks, `each` gets the rows that came whole before it is raised.

        Args:
            shape: The table.
            cursor: The column to begin at, or None for all rows.
            since: The value to begin at, itself included; rows without a value come always.
            part_rows: Rows of a part.
            each: Takes a part; at least one, of no rows where there are none.
            limit: Rows at most, for a look at the table.

        Raises:
            Broken: The connection broke.
            Refused: The server refused.
        """
        import psycopg2

        columns = ", ".join(column.sql for column in shape.columns)
        order = [_quoted(name) for name in ([cursor] if cursor else []) + list(shape.key)]
        sql = f"select {columns} from {shape.relation}"
        if since is not None:
            with self._connection.cursor() as quoting:
                bound = quoting.mogrify("%s", [since]).decode()
            sql += f" where {_quoted(str(cursor))} >= {bound} or {_quoted(str(cursor))} is null"
        if order or limit is not None:
            sql += f" order by {', '.join(order)}" if limit is None else f" limit {limit:d}"
        sink = _Sink(shape, part_rows, each)
        try:
            with self._connection.cursor() as cursor_:
                cursor_.copy_expert(f"copy ({sql}) to stdout (format csv)", sink, 1 << 20)
        except psycopg2.Error as problem:
            sink.give()
            raise self._meaning(problem) from None
        sink.give(is_last=True)

    def _run(self, sql: str, values: list[Any] | None = None) -> list[Any]:
        import psycopg2

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else []
        except psycopg2.Error as problem:
            raise self._meaning(problem) from None

    def _meaning(self, problem: Any) -> Exception:
        """What an error means; its text names hosts, users and values, and is not passed on."""
        code = problem.pgcode or ""
        denied = not code and any(word in str(problem) for word in _DENIED_WORDS)
        name = self._source.name
        if denied or code.startswith(_DENIED):
            return Refused(
                "source.denied",
                f"{name}: the database does not let this user in or read the table"
                f"{f' ({code})' if code else ''}; mend the connection, or grant select",
            )
        if code.startswith(_MISSING):
            return Refused("source.missing", f"{name}: not there ({code}); mend `tables`")
        if code == "57014":
            return Refused(
                "source.timeout",
                f"{name}: a statement took over {self._source.timeout_seconds} s; add an index on"
                " the cursor, or raise `timeout`",
            )
        if code == "55P03":
            return Broken("the table is locked")
        if not code or code.startswith(_BROKEN):
            return Broken(code or "no answer")
        return Refused("source.failed", f"{name}: the database says {code}; see its log")


class _Sink:
    """Takes what COPY writes, and gives parts of whole rows as Arrow tables."""

    def __init__(self, shape: Shape, part_rows: int, each: Callable[[pa.Table], None]) -> None:
        self._shape, self._part_rows, self._each = shape, part_rows, each
        self._whole: list[bytes] = []
        self._open: list[bytes] = []  # of a row that is not whole yet
        self._n_rows = self._n_bytes = 0
        self._in_quotes = self._gave = False

    def write(self, data: bytes) -> None:
        """Take bytes; the server sends a row at a time, which is not relied on."""
        self._open.append(data)
        self._in_quotes ^= bool(data.count(b'"') % 2)
        if self._in_quotes or not data.endswith(b"\n"):
            return
        self._whole += self._open
        self._n_bytes += sum(map(len, self._open))
        self._n_rows += 1
        self._open.clear()
        if self._n_rows >= self._part_rows or self._n_bytes >= PART_BYTES:
            self.give()

    def give(self, *, is_last: bool = False) -> None:
        """Give what is there, if anything is; at the end at least one part."""
        if self._whole or (is_last and not self._gave):
            self._gave = True
            data = b"".join(self._whole)
            self._whole.clear()
            self._n_rows = self._n_bytes = 0
            self._each(_table(data, self._shape))


def _table(data: bytes, shape: Shape) -> pa.Table:
    if not data or not shape.columns:
        return shape.arrow.empty_table()
    return arrow_csv.read_csv(
        pa.BufferReader(data),
        arrow_csv.ReadOptions(column_names=shape.names, block_size=len(data) + 1),
        arrow_csv.ParseOptions(newlines_in_values=True),
        arrow_csv.ConvertOptions(
            column_types={field.name: field.type for field in shape.arrow},
            null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"], check_utf8=False,
        ),
    )  # fmt: skip


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
