"""A batch's files: rows, superseded, touched, identifiers, quarantine; and the empty first files.

Belongs here: what is in each file and its order, which is fixed so that equal input gives equal
rows. Does not: deciding which rows are written (versions).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from orchestration.durable import replacing
from orchestration.feeds.checking import CHECKED
from orchestration.feeds.ordering import in_order
from orchestration.feeds.sources import ARRIVALS
from orchestration.feeds.state import identifier_file
from orchestration.feeds.versions import CHAIN, CLOSING, OUTCOME
from orchestration.home import Home
from orchestration.sql_text import literal, name
from quality.contracts import PERSON_IDENTIFIERS, Contract, stored_columns
from quality.identifiers import identifier_text_sql, placeholder_sql

ROW_GROUP = 50_000

SUPERSEDED_COLUMNS = (("row_id", "VARCHAR"), ("version_on", "DATE"), ("batch", "BIGINT"))
TOUCHED_COLUMNS = (("occurred_on", "DATE"), ("batch", "BIGINT"))
IDENTIFIER_COLUMNS = (
    ("identity_key", "VARCHAR"),
    ("identifier_type", "VARCHAR"),
    ("identifier_key", "VARCHAR"),
    ("source_system", "VARCHAR"),
    ("source_customer_id", "VARCHAR"),
    ("feed", "VARCHAR"),
    ("is_placeholder", "BOOLEAN"),
    ("first_seen_at", "TIMESTAMPTZ"),
    ("last_seen_at", "TIMESTAMPTZ"),
    ("known_at", "TIMESTAMPTZ"),
    ("source_name", "VARCHAR"),
    ("n_rows", "BIGINT"),
    ("row_occurred_on", "DATE"),
    ("batch", "BIGINT"),
)


def copy_to(connection: duckdb.DuckDBPyConnection, select: str, target: Path) -> int:
    """Write a SELECT as Parquet, whole or not at all; return the number of rows."""
    with replacing(target) as temporary:
        written = connection.execute(
            f"copy ({select}) to {literal(str(temporary))}"
            f" (format parquet, compression zstd, row_group_size {ROW_GROUP})"
        ).fetchone()
    return int(written[0]) if written else 0


def write_empty(
    connection: duckdb.DuckDBPyConnection, columns: list[tuple[str, str]], target: Path
) -> None:
    """Write a Parquet file without rows that has these columns, unless it is there already."""
    if target.exists():
        found = connection.execute(
            f"describe select * from read_parquet({literal(str(target))})"
        ).fetchall()
        wanted = connection.execute(f"describe {_no_rows(columns)}").fetchall()
        if [row[:2] for row in found] == [row[:2] for row in wanted]:
            return
    copy_to(connection, _no_rows(columns), target)


def _no_rows(columns: list[tuple[str, str]]) -> str:
    casts = ", ".join(f"cast(null as {kind}) as {name(column)}" for column, kind in columns)
    return f"select {casts} where false"


class BatchFiles:
    """Writes the files of one feed and batch from the tables of a connection."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, home: Home, contract: Contract, batch: int
    ) -> None:
        self.connection = connection
        self.home = home
        self.contract = contract
        self.batch = batch

    def _file(self, kind: str) -> Path:
        return self.home.feed_file(self.contract.feed, kind, self.batch)

    def rows(self, stored: list[Path]) -> int:
        """Write the new versions in order of day, then of their place in the files."""
        computed = {
            "row_id": "o.row_id", "record_hash": "o.record_hash", "identity_key": "o.identity_key",
            "occurred_on": "c.occurred_on", "version_at": "c.updated_at",
            "is_superseding": "o.is_superseding", "source_name": "c._source",
            "mapping_index": "c._mapping", "source_row": "c._row", "file_id": "c._file_id",
            "line": "c._line", "received_at": "c._received_at", "batch": f"{self.batch}::bigint",
        }  # fmt: skip
        columns = stored_columns(self.contract)
        listed = ", ".join(
            f"{computed.get(column, f'c.{name(column)}')} as {name(column)}"
            for column, _ in columns
        )
        closed = self._closed(stored) if stored and self._count(CLOSING) else None

        def of_days(days: str) -> str:
            # Of both sides, so that no join holds more than these days.
            select = (
                f"select {listed} from (select rowid as rid, * from {CHECKED} where {days}) c"
                f" join (select * from {OUTCOME} where is_written and {days}) o on o.rid = c.rid"
            )
            if closed:
                select += f" union all by name select * from ({closed}) where {days}"
            return (
                f"select * from ({select})"
                " order by occurred_on, mapping_index, file_id, line, row_id"
            )

        return copy_to(self.connection, in_order(self.connection, of_days), self._file("rows"))

    def _closed(self, stored: list[Path]) -> str:
        """The last versions of closed keys once more, marked as deleted when the batch came."""
        paths = ", ".join(literal(str(path)) for path in stored)
        file_id = (
            f"(select max(file_id) from {ARRIVALS} a where a.source = r.source_name and a.batch ="
            f" (select max(b.batch) from {ARRIVALS} b where b.source = r.source_name))"
        )
        received = f"(select max(received_at) from {ARRIVALS} a where a.source = r.source_name)"
        changes = {
            "updated_at": "null::timestamptz", "version_at": "null::timestamptz",
            "is_deleted": "true", "is_superseding": "true", "source_row": "null::varchar",
            "line": "null::bigint", "file_id": file_id, "received_at": received,
            "row_id": f"md5('closed|' || r.row_id || '|{self.batch}')",
            "record_hash": "md5('closed|' || r.record_hash)", "batch": f"{self.batch}::bigint",
        }  # fmt: skip
        replaced = ", ".join(f"{sql} as {column}" for column, sql in changes.items())
        return (
            f"select r.* replace ({replaced}) from read_parquet([{paths}]) r"
            f" semi join {CLOSING} k on k.row_id = r.row_id"
        )

    def superseded(self, timezone: str) -> int:
        """Write which versions are over, and since which day (unknown: the batch's own)."""
        day = f"cast(timezone({literal(timezone)}, %s) as date)"
        select = f"""select row_id, version_on, {self.batch}::bigint as batch from (
            select previous_id as row_id, {day % "version_at"} as version_on from {CHAIN}
            where previous_id is not null
            union select row_id, {day % "next_version_at"} from {CHAIN}
            where stored_next_id is not null
            union select row_id, null from {CLOSING}) order by row_id, version_on"""
        return copy_to(self.connection, select, self._file("superseded"))

    def touched(self) -> list[date]:
        """Write the days of rows written and superseded; return them."""
        select = f"""select distinct occurred_on, {self.batch}::bigint as batch from (
            select occurred_on from {OUTCOME} where is_written
            union all select previous_on from {CHAIN}
            union all select occurred_on from {CLOSING}) where occurred_on is not null"""
        target = self._file("touched")
        copy_to(self.connection, f"{select} order by occurred_on", target)
        days = self.connection.execute(
            f"select occurred_on from read_parquet({literal(str(target))}) order by 1"
        ).fetchall()
        return [row[0] for row in days]

    def identifiers(self, present: list[str], publish_ids: tuple[str, ...]) -> int:
        """Write the distinct identifiers that the written rows were seen with."""
        names = [column for column in PERSON_IDENTIFIERS if column in present]
        if not (self.contract.is_person and names):
            return 0
        seen = "c._received_at"
        time = self.contract.time_column
        if time and self.contract.column(time).type == "timestamp":
            seen = f"coalesce(c.{name(time)}, c._received_at)"
        elif time:
            seen = f"coalesce(cast(c.{name(time)} as timestamptz), c._received_at)"
        parts = " union all ".join(self._one_identifier(column, seen) for column in names)
        self.connection.execute(f"create table _seen as {parts}")
        self.connection.execute(
            "create table _hashed as select t, identifier_key(t) as identifier_key"
            " from (select distinct t from _seen)"
        )
        raw = ", ".join(literal(system) for system in publish_ids) or "''"
        shown = (
            f"case when s.identifier_type <> 'source_customer_id' then null when s.source_system"
            f" in ({raw}) then s.value else split_part(h.identifier_key, ':', 2) end"
        )
        select = f"""select s.identity_key, s.identifier_type, h.identifier_key, s.source_system,
            {shown} as source_customer_id, {literal(self.contract.feed)} as feed, s.is_placeholder,
            s.first_seen_at, s.last_seen_at, s.known_at, s.source_name, s.n_rows,
            s.row_occurred_on, {self.batch}::bigint as batch
            from _seen s join _hashed h on h.t = s.t
            order by s.identity_key, h.identifier_key, s.source_name, s.source_system"""
        return copy_to(
            self.connection, select, identifier_file(self.home, self.contract.feed, self.batch)
        )

    def _one_identifier(self, column: str, seen: str) -> str:
        # Text and placeholder are of the values, not of the rows: they are told once a group.
        return f"""select identity_key, {literal(column)} as identifier_type,
            {identifier_text_sql(column, "value", "source_system")} as t, source_system, value,
            {placeholder_sql(column, "value")} as is_placeholder, * exclude (identity_key,
            source_system, value) from (
            select o.identity_key, c.source_system, c.{name(column)} as value,
            c._source as source_name, min({seen}) as first_seen_at, max({seen}) as last_seen_at,
            case when count(c.known_at) = count(*) then min(c.known_at) end as known_at,
            count(*) as n_rows, min(c.occurred_on) as row_occurred_on
            from {CHECKED} c join {OUTCOME} o on o.rid = c.rowid
            where o.is_written and o.identity_key is not null and c.{name(column)} is not null
            group by all)"""

    def fields(self) -> int:
        """Write the fields of written rows that were made NULL, with their raw text."""
        select = f"""select row_id, f.field, f.reason, f.raw as raw_text,
            {self.batch}::bigint as batch
            from (select o.row_id, unnest(c._fields) as f from {CHECKED} c
              join {OUTCOME} o on o.rid = c.rowid where o.is_written and c._fields is not null)
            order by row_id, f.field, f.reason"""
        return self._write_some(select, self.home.quarantine_fields(self.contract.feed, self.batch))

    def quarantine(self, run_id: str, digest: str) -> int:
        """Write the quarantined rows that are not in quarantine already."""
        feed = self.contract.feed
        typed = ", ".join(f"'{column}': c.{name(column)}" for column in self.contract.column_names)
        earlier = sorted(self.home.quarantine_rows(feed, 0).parent.glob("b*.parquet"))
        paths = ", ".join(literal(str(path)) for path in earlier)
        known = (
            f"anti join read_parquet([{paths}]) q on q.mapping_index = r.mapping_index"
            " and q.source_row = r.source_row and q.ordinal = r.ordinal and q.details = r.details"
            if earlier
            else ""
        )
        details = "coalesce(c._details, ['dup.conflict'])"
        self._find_last_lines()
        select = f"""with r as (
            select {literal(feed)} as feed, o.mapping_index, o.source_name, o.source_row,
              c._ordinal::bigint as ordinal, c._file_id as file_id, a.sha256, a.name as file_name,
              c._line as first_line, coalesce(l._last_line, c._line) as last_line,
              list_sort(list_distinct([split_part(d, ':', 1) for d in {details}])) as reasons,
              {details} as details,
              coalesce(c._raw, cast(to_json({{{typed}}}) as varchar)) as raw_text,
              {literal(digest)} as contract_digest, {literal(run_id)} as run_id,
              c._received_at as received_at, {self.batch}::bigint as batch
            from {CHECKED} c join {OUTCOME} o on o.rid = c.rowid
            left join {ARRIVALS} a on a.source = o.source_name and a.file_id = c._file_id
            left join _last_lines l on l.source = o.source_name and l._file_id = c._file_id
              and l._line = c._line
            where o.class in ('quarantined', 'conflict'))
            select r.* from r {known} order by mapping_index, file_id, first_line, ordinal"""
        return self._write_some(select, self.home.quarantine_rows(feed, self.batch))

    def _find_last_lines(self) -> None:
        """Make `_last_lines`: where records of several lines end, of the files with bad rows."""
        files = self.connection.execute(
            f"select distinct o.source_name, c._file_id from {CHECKED} c join {OUTCOME} o"
            " on o.rid = c.rowid where o.class in ('quarantined', 'conflict') order by all"
        ).fetchall()
        parts = ["select null::varchar as source, null::varchar as _file_id, null::bigint as _line,"
                 " null::bigint as _last_line where false"]  # fmt: skip
        parts += [
            f"select {literal(source)}, _file_id, _line, _last_line"
            f" from read_parquet({literal(str(self.home.rows_file(source, file_id)))})"
            " where _last_line > _line"
            for source, file_id in files
        ]
        union = " union all ".join(parts)
        self.connection.execute(f"create or replace table _last_lines as {union}")

    def _write_some(self, select: str, target: Path) -> int:
        """Write a file only where it has rows."""
        table = "_some"
        self.connection.execute(f"create or replace table {table} as {select}")
        count = self._count(table)
        if count:
            copy_to(self.connection, f"select * from {table}", target)
        return count

    def _count(self, table: str) -> int:
        found = self.connection.execute(f"select count(*) from {table}").fetchone()
        return int(found[0]) if found else 0

    def has_changes(self) -> bool:
        """Whether there is any row to write or to close."""
        found = self.connection.execute(
            f"select exists(select 1 from {OUTCOME} where is_written)"
            f" or exists(select 1 from {CLOSING})"
        ).fetchone()
        return bool(found and found[0])
