"""A source as SQL: the rows that it holds at a batch, with their lineage.

Here: the SELECT over the parsed rows, by mode, and the check that these are still the rows that
were written. Not here: what mappings make of it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from orchestration.durable import sha256_of
from orchestration.home import Home
from orchestration.landing.expected import expected_columns
from orchestration.landing.filling import filled_down
from orchestration.landing.holdings import Holdings
from orchestration.landing.intake import received_of
from orchestration.landing.mending import with_mended
from orchestration.landing.options import options_for
from orchestration.landing.receive import check_raw
from orchestration.landing.rows import column_names, parse
from orchestration.ledger import Arrival, Ledger
from orchestration.sql_text import literal, one_path
from orchestration.sql_text import name as identifier

if TYPE_CHECKING:
    from orchestration.company import Company


#: Names of the key's columns, a line each, in the metadata of a Parquet file that was fetched.
KEY_METADATA = b"wholeview.key"


class LandingDamaged(RuntimeError):  # noqa: N818 - reads as the state it reports
    """What landing keeps is not what was received; only a backup helps."""


@dataclass(frozen=True)
class SourceFile:
    """One new file of a batch. `replaces` is the file_id of the older bytes of its name."""

    file_id: str
    name: str
    sha256: str
    batch: int
    n_parsed: int
    replaces: str | None


def source_files(ledger: Ledger, source: str, batch: int) -> list[SourceFile]:
    """The files of a source that were loaded in a batch, in order of arrival.

    Where one `replaces` another, rows of the older one are gone from the source: a mapping that
    reads new files only must look at the whole source.
    """
    held: dict[str, str] = {}
    files = []
    for arrival in ledger.arrivals(source, batch):
        if arrival.status == "loaded" and arrival.batch == batch:
            files.append(
                SourceFile(
                    arrival.file_id,
                    arrival.name,
                    arrival.sha256,
                    batch,
                    arrival.n_parsed,
                    held.get(arrival.name),
                )
            )
        if arrival.status in ("loaded", "duplicate"):
            held[arrival.name] = arrival.file_id
    return files


def source_sql(
    home: Home,
    ledger: Ledger,
    company: Company,
    source: str,
    through_batch: int,
    *,
    only_batch: int | None = None,
) -> str:
    """A DuckDB SELECT of the current rows of a source, as known at a batch.

    Its columns: those of the files (text, or a Parquet file's own types; NULL in files that have
    not all of them, and for columns that a mapping names and no file has), then `_file` (name),
    `_line`, `_received_at` and `_row` ('<file_id>:<line>', unique). Rows: append, those of all
    current files; upsert, the newest row of each key; snapshot, those of the newest snapshot.
    Without files the relation is empty.

    Args:
        home: HOME.
        ledger: its ledger.
        company: the company file.
        source: the name of the source.
        through_batch: arrivals of later batches do not count.
        only_batch: rows of files that were loaded in this batch alone (before the rule of upsert).

    Raises:
        LandingDamaged: parsed rows are damaged, and so are the bytes to parse them from.
    """
    declared = company.sources[source]
    arrivals = Holdings(ledger.arrivals(source, through_batch), declared.mode).current()
    if only_batch is not None:
        arrivals = [a for a in arrivals if a.batch == only_batch]
    paths = [_verified(home, company, arrival) for arrival in arrivals]
    wanted = expected_columns(company, source)
    names = (*wanted.required, *wanted.optional)
    if not arrivals:
        return _empty(names)
    sql = filled_down(_union(paths, arrivals, names), declared.fill_down)
    if declared.mode != "upsert":
        return sql
    return _newest_by_key(sql, declared.key or _own_key(home, arrivals[-1]))


def _own_key(home: Home, arrival: Arrival) -> list[str]:
    """The primary key that a fetched table's file carries."""
    metadata = pq.read_schema(received_of(home, arrival).raw).metadata or {}
    return metadata.get(KEY_METADATA, b"").decode().split("\n")


def _verified(home: Home, company: Company, arrival: Arrival) -> Path:
    """The path of an arrival's rows, which are as they were written or are parsed anew."""
    path = home.rows_file(arrival.source, arrival.file_id)
    if path.exists() and _digest(path) == arrival.rows_sha256:
        return path
    received = received_of(home, arrival)
    if not check_raw(received.raw, arrival.sha256):
        raise LandingDamaged(
            f"{arrival.name}: landing no longer holds what was received"
            f" (landing/raw/{arrival.source}/{received.raw.name}); restore it from the backup"
        )
    declared = company.sources[arrival.source]
    options = options_for(declared, arrival.name, company.settings.quarantine_ratio)
    options = with_mended(home, arrival.source, arrival.file_id, options)
    parsed = parse(home, received, options, expected_columns(company, arrival.source))
    if options.digest == arrival.parse_digest and parsed.rows_sha256 != arrival.rows_sha256:
        raise LandingDamaged(
            f"{arrival.name}: parsing it anew gave other rows than before;"
            " run with --full after restoring landing"
        )
    return path


def _digest(path: Path) -> str:
    status = path.stat()
    return _digest_at(path, status.st_size, status.st_mtime_ns, status.st_ino)


@functools.lru_cache(maxsize=4096)
def _digest_at(path: Path, _size: int, _mtime_ns: int, _inode: int) -> str:
    """The digest of a file, read once in a process for as long as its stat stays the same."""
    return sha256_of(path)


def _empty(names: Sequence[str]) -> str:
    columns = [f"cast(null as varchar) as {identifier(name)}" for name in names]
    columns += [
        "cast(null as varchar) as _file",
        "cast(null as bigint) as _line",
        "cast(null as timestamptz) as _received_at",
        "cast(null as varchar) as _row",
    ]
    return f"select {', '.join(columns)} where false"


def _union(paths: Sequence[Path], arrivals: Sequence[Arrival], names: Sequence[str]) -> str:
    there = {column.lower() for path in paths for column in column_names(path)}
    absent = [
        f"cast(null as varchar) as {identifier(name)}"
        for name in names
        if name.lower() not in there
    ]
    files = ", ".join(
        f"({literal(a.file_id)}, {literal(a.name)}, timestamptz '{a.received_at.isoformat()}')"
        for a in arrivals
    )
    columns = [
        "rows.* exclude (_line, _last_line, _file_id)",
        *absent,
        "files.name as _file",
        "rows._line",
        "files.received_at as _received_at",
        "rows._file_id || ':' || rows._line as _row",
    ]
    listed = ", ".join(one_path(path) for path in paths)
    return (
        f"select {', '.join(columns)}"
        f" from read_parquet([{listed}], union_by_name = true, hive_partitioning = false) as rows"
        f" join (values {files}) as files(file_id, name, received_at)"
        " on files.file_id = rows._file_id"
    )


def _newest_by_key(sql: str, key: Sequence[str]) -> str:
    """Keep the newest row of each key: by receipt, then by name and line; no key, no rule."""
    columns = ", ".join(identifier(name) for name in key)
    lacks = " or ".join(f"{identifier(name)} is null" for name in key)
    return (
        f"select * exclude (_newest) from (select *, row_number() over ("
        f"partition by {columns}, case when {lacks} then _row end"
        " order by _received_at desc, _file desc, _line desc) as _newest"
        f" from ({sql}) as every) as ranked where _newest = 1"
    )
