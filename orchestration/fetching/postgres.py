"""One table of a Postgres database into Parquet files, whole or from its cursor on.

Here: the order of things, and what a break or a refusal means. Not here: the connection and COPY
(postgres_copy), types (postgres_types), what is landed already (known).

A table is read in one read-only transaction that sees one moment (repeatable read), in the order of
its cursor, from the newest landed value less the overlap; rows that are landed just so are left
out. What a connection brought before it broke is a whole beginning in that order, so it is kept,
and the next try goes on from there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.fetching.incoming import Incoming
from orchestration.fetching.known import Known, hashes_of, new_rows
from orchestration.fetching.patience import Patience
from orchestration.fetching.postgres_copy import Broken, Shape, Table
from orchestration.fetching.postgres_types import is_same
from orchestration.landing.discovery import Found
from orchestration.landing.problems import Refused
from orchestration.landing.relation import KEY_METADATA

if TYPE_CHECKING:
    from orchestration.company import Source

Say = Callable[[str], None]
PART_ROWS = 500_000
#: How far back to look again where the company file does not say: an hour, or so many numbers.
OVERLAP_SECONDS = 3600
OVERLAP_STEPS = 1000
#: A time without an offset is in some zone of the world: no clock is further ahead than this.
_AHEAD = dt.timedelta(hours=14)


def fetch_table(
    source: Source, known: Known, incoming: Incoming, say: Say, patience: Patience
) -> tuple[list[Found], Refused | None]:
    """Fetch what is new of a table.

    Returns:
        Files for landing, and why there are not more of them, if so.
    """
    reading = _Reading(source, known, incoming, say)
    while True:
        before = reading.n_rows
        try:
            reading.read()
        except Refused as refused:
            # A first load may take longer than a statement may: what came in time is kept.
            went_on = source.cursor is not None and reading.n_rows > before
            if refused.code == "source.timeout" and went_on:
                patience.progress()
                if patience.wait(f"  {source.name}: a statement took too long"):
                    continue
            return reading.files, refused
        except Broken as broken:
            if source.cursor and reading.n_rows > before:
                patience.progress()
            if patience.wait(f"  {source.name}: the connection broke ({broken.code})"):
                continue
            return reading.files, Refused(
                "source.unreachable",
                f"{source.name}: the database broke off or cannot be reached ({broken.code}),"
                f" {reading.n_rows:,} rows were taken; see that it is up, and run again",
            )
        return reading.files, None


def sample_table(source: Source, rows: int, target: Any) -> None:
    """Write the first rows of a table as Parquet, for `check`.

    Raises:
        Refused: It cannot be read.
    """
    parts: list[pa.Table] = []
    try:
        with Table(source) as table:
            shape = table.shape()
            check_shape(source, shape, None)
            table.copy(shape, None, None, PART_ROWS, parts.append, limit=rows)
    except Broken as broken:
        raise Refused(
            "source.unreachable",
            f"{source.name}: the database cannot be reached ({broken.code}); see that it is up",
        ) from None
    pq.write_table(pa.concat_tables(parts), target)


def check_shape(source: Source, shape: Shape, before: pa.Schema | None) -> None:
    """Judge a table as it is now by the company file and by what was landed.

    Raises:
        Refused: schema.missing_required, schema.type_changed.
    """
    there = {name.lower() for name in shape.names}
    absent = [c for c in (source.cursor, *source.key) if c and c.lower() not in there]
    if absent:
        raise Refused(
            "schema.missing_required",
            f"{source.name}: the table has no column {', '.join(map(repr, absent))}; mend cursor or"
            " key of the source",
        )
    if source.mode == "upsert" and not source.key and not shape.key:
        raise Refused(
            "schema.missing_required",
            f"{source.name}: the table has no primary key; give key: [...] or mode: append",
        )
    now = {field.name: field.type for field in shape.arrow}
    for field in before or ():
        if source.on_type_change == "accept" or field.name not in now:
            continue
        if not is_same(field.type, now[field.name]):
            raise Refused(
                "schema.type_changed",
                f"{source.name}: column {field.name!r} was {field.type} and is {now[field.name]}"
                " now; mend the table or the mapping, and set on_type_change: accept",
            )


class _Reading:
    """The tries of one table in one night."""

    def __init__(self, source: Source, known: Known, incoming: Incoming, say: Say) -> None:
        self._source, self._known, self._incoming, self._say = source, known, incoming, say
        self._newest: Any = None  # of what this night brought
        self._hashes: list[pa.Table] = []  # of what this night brought
        self.files: list[Found] = []
        self.n_rows = 0

    def read(self) -> None:
        """Read from where the last try came to."""
        with Table(self._source) as table:
            shape = table.shape()
            check_shape(self._source, shape, self._known.schema())
            if self._source.cursor:
                self._from_the_cursor(table, shape, self._source.cursor)
            else:
                self._whole(table, shape)

    def _from_the_cursor(self, table: Table, shape: Shape, cursor: str) -> None:
        clock = _clock_for(shape.arrow.field(cursor).type, table.now())
        landed = self._known.newest(clock)
        newest = max((v for v in (landed, self._newest) if v is not None), default=None)
        since = _back(newest, self._source.overlap)
        known = self._known.hashes(shape.names, since)

        def take(part: pa.Table) -> None:
            kept = new_rows(part, pa.concat_tables([known, *self._hashes]))
            if kept.num_rows:
                self._write(kept, shape, self._incoming.next_name(".parquet"))
                self._hashes.append(hashes_of(kept))
            self.n_rows += kept.num_rows
            self._newest = _later(self._newest, part[cursor], clock)
            self._say(f"  {self._source.name}: {self.n_rows:,} rows taken")

        table.copy(shape, cursor, since, PART_ROWS, take)

    def _whole(self, table: Table, shape: Shape) -> None:
        """All rows as one file: the newest snapshot is all there is."""
        schema = _schema(shape, self._source)
        n = 0
        with pq.ParquetWriter(self._incoming.temporary(), schema, compression="zstd") as writer:

            def take(part: pa.Table) -> None:
                nonlocal n
                writer.write_table(part.cast(schema))
                n += part.num_rows
                self._say(f"  {self._source.name}: {n:,} rows taken")

            table.copy(shape, None, None, PART_ROWS, take)
        self.n_rows = n
        self.files.append(self._incoming.put(f"{self._source.name}.parquet"))

    def _write(self, table: pa.Table, shape: Shape, name: str) -> None:
        schema = _schema(shape, self._source)
        pq.write_table(table.cast(schema), self._incoming.temporary(), compression="zstd")
        self.files.append(self._incoming.put(name))


def _schema(shape: Shape, source: Source) -> pa.Schema:
    """The table's schema with the key that tells rows apart, for whoever reads the file."""
    key = "\n".join(source.key or shape.key)
    return shape.arrow.with_metadata({KEY_METADATA: key.encode()})


def _clock_for(kind: pa.DataType, now: dt.datetime) -> Any:
    """The database's clock as a bound of a cursor's values; None where it is no time."""
    if pa.types.is_timestamp(kind):
        return now if kind.tz else now.replace(tzinfo=None) + _AHEAD
    return (now + _AHEAD).date() if pa.types.is_date(kind) else None


def _back(newest: Any, overlap: int | None) -> Any:
    """Where to begin: the newest value less the overlap."""
    if newest is None or isinstance(newest, str):
        return newest  # no arithmetic on text: its own value is read again
    if isinstance(newest, dt.date):
        back = dt.timedelta(seconds=OVERLAP_SECONDS if overlap is None else overlap)
        is_time = isinstance(newest, dt.datetime)
        return newest - (back if is_time else dt.timedelta(days=-(-back // dt.timedelta(days=1))))
    return newest - (OVERLAP_STEPS if overlap is None else overlap)


def _later(newest: Any, values: pa.ChunkedArray, clock: Any) -> Any:
    """The newest cursor of what was taken, never ahead of the database's clock."""
    import pyarrow.compute as pc

    values = values.drop_null()
    if clock is not None:
        values = values.filter(pc.less_equal(values, pa.scalar(clock, values.type)))
    found = pc.max(values).as_py() if len(values) else None
    return max((v for v in (newest, found) if v is not None), default=None)
