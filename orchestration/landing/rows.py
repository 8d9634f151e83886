"""Parsed rows and kept-aside records of one file, written whole or not at all.

Here: choosing the reader, the Parquet of rows and of quarantined records, the limit on bad records.
Not here: reading a format, and what the ledger says of it.

Rows carry `_line` and `_last_line` (physical lines from 1; ordinals for Parquet) and `_file_id`.
`_file`, `_row` and `_received_at` follow from these and the ledger, and are added when read
(relation): stored, they would be the widest columns of most files.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.durable import replacing, sha256_of
from orchestration.home import Home
from orchestration.landing.expected import Expected
from orchestration.landing.mending import MendedReader, read_mended
from orchestration.landing.options import PARSER_VERSION, Options
from orchestration.landing.pieces import ColumnsGrew, Piece, Reader
from orchestration.landing.problems import BadRecord, Counts, Refused
from orchestration.landing.readers import reader_of
from orchestration.landing.snapshots import date_of_values
from quality.quarantine import LINES_SCHEMA

# A handful of bad records is a handful also in a short file: the ratio judges from here on.
FEWEST_BAD_FOR_RATIO = 5
ROW_GROUP_ROWS = 122_880  # DuckDB's own
_SLICE = 50_000  # kept-aside records that are written at once


@dataclass(frozen=True)
class Received:
    """A file that was received and is kept in landing: what its rows and records point back to."""

    source: str
    file_id: str
    sha256: str
    name: str
    raw: Path
    batch: int


@dataclass(frozen=True)
class Parsed:
    """What parsing a file came to; `refusal` with everything in quarantine, else the manifest."""

    counts: Counts
    rows_sha256: str | None = None
    refusal: Refused | None = None
    missing_optional: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    snapshot_on: date | None = None


def parse(
    home: Home,
    received: Received,
    options: Options,
    expected: Expected,
    snapshot_column: str | None = None,
) -> Parsed:
    """Parse a received file into its rows and its quarantined records.

    Args:
        home: where they go.
        received: the file.
        options: how it is written.
        expected: the columns that it should have.
        snapshot_column: the column whose latest date is the snapshot's.

    Raises:
        Refused: nothing is to be loaded, and nothing could be framed.
    """
    rows_path = home.rows_file(received.source, received.file_id)
    lines_path = home.quarantine_lines(received.source, received.file_id)
    reader = _reader(home, received, options)
    attempt = _Attempt(received, expected, snapshot_column)
    with replacing(rows_path) as temporary:
        try:
            attempt.write(reader, temporary, lines_path)
        except ColumnsGrew:
            attempt = _Attempt(received, expected, snapshot_column)
            attempt.write(reader, temporary, lines_path)
        refusal = _over_the_ratio(received, options, attempt.counts)
        if refusal:
            temporary.write_bytes(b"")  # takes the place of older rows at once, and goes below
        rows_sha256 = sha256_of(temporary)
    if refusal:
        rows_path.unlink(missing_ok=True)
        counts = _quarantine_everything(received, _reader(home, received, options), lines_path)
        return Parsed(counts.check(), None, refusal)
    day = date_of_values(attempt.days, received.name)
    return Parsed(attempt.counts.check(), rows_sha256, None, attempt.absent, attempt.columns, day)


def _reader(home: Home, received: Received, options: Options) -> Reader:
    """What reads a received file, corrections included."""
    reader = reader_of(received.raw, received.name, options)
    if not options.mended:
        return reader
    mended = read_mended(home, received.source, received.file_id)
    return MendedReader(reader, mended, received.name)


class _Attempt:
    """One reading of a file from beginning to end, and what it found."""

    def __init__(self, received: Received, expected: Expected, snapshot_column: str | None) -> None:
        self._received, self._expected = received, expected
        self._snapshot_column = snapshot_column
        self.counts = Counts()
        self.days: list[str | None] = []
        self.absent: tuple[str, ...] = ()
        self.columns: tuple[str, ...] = ()

    def write(self, reader: Reader, rows_path: Path, lines_path: Path) -> None:
        """Write rows and quarantined records."""
        received = self._received
        with _Rows(rows_path, received) as rows, _Lines(lines_path, received) as lines:
            for piece in reader.pieces():
                if self._snapshot_column in piece.table.column_names:
                    column = piece.table[self._snapshot_column].cast(pa.string())
                    self.days.append(pc.max(column).as_py())
                rows.write(piece)
                lines.write(piece.bad)
                self.counts += piece.counts
        # Judged at the end: a key of JSON lines may come late.
        self.columns = tuple(piece.table.column_names)
        self.absent = _absent(piece, self._expected, received.name)


def _absent(piece: Piece, expected: Expected, name: str) -> tuple[str, ...]:
    """The optional columns that a file has not; a file without a record of its own says nothing."""
    columns = piece.table.column_names
    expected.check_types(piece.table.schema, name)
    return expected.check(columns, name) if columns or piece.counts.parsed else ()


def _over_the_ratio(received: Received, options: Options, counts: Counts) -> Refused | None:
    records = counts.framed - counts.blank
    limit = options.quarantine_ratio * records
    if counts.quarantined < FEWEST_BAD_FOR_RATIO or counts.quarantined <= limit:
        return None
    return Refused(
        "file.quarantine_ratio",
        f"{received.name}: {counts.quarantined} of {records} records are bad, over the limit of"
        f" {options.quarantine_ratio:.1%}; mend the file (`wholeview quarantine list` says why), or"
        " raise `quarantine_ratio`",
    )


def _quarantine_everything(received: Received, reader: Reader, lines_path: Path) -> Counts:
    """Keep every record of a refused file aside, the good ones for the file's sake."""
    counts = Counts()
    code = ("file.quarantine_ratio",)
    with _Lines(lines_path, received) as lines:
        for piece in reader.pieces():
            lines.write(piece.bad)
            lines.write(
                BadRecord(first, last, raw, code)
                for first, last, raw in zip(
                    piece.first_line.tolist(),
                    piece.last_line.tolist(),
                    _as_text(piece.table),
                    strict=True,
                )
            )
            n = piece.counts
            counts += Counts(n.framed, 0, n.quarantined + n.parsed, n.blank)
    return counts


def _as_text(table: pa.Table) -> Iterator[bytes]:
    """Rows of a table as JSON, for records whose own bytes are fine and are kept in landing."""
    for row in table.to_pylist():
        yield json.dumps(row, ensure_ascii=False, default=str).encode()


class _Rows:
    """Writes the rows of a file as its pieces come."""

    def __init__(self, path: Path, received: Received) -> None:
        self._path, self._file_id = path, received.file_id
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> _Rows:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, piece: Piece) -> None:
        """Write one piece, an empty one too: the schema is part of the file."""
        n = piece.table.num_rows
        file_id = pa.DictionaryArray.from_arrays(
            pa.Array.from_buffers(pa.int32(), n, [None, pa.py_buffer(bytes(4 * n))]),
            pa.repeat(pa.scalar(self._file_id), 1),
        )
        table = (
            piece.table.append_column("_line", _integers(piece.first_line))
            .append_column("_last_line", _integers(piece.last_line))
            .append_column("_file_id", file_id)
        )
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._path,
                table.schema.remove_metadata(),
                compression="zstd",
                compression_level=1,
                write_page_checksum=True,
                store_schema=False,
            )
        self._writer.write_table(table, row_group_size=ROW_GROUP_ROWS)


def _integers(values: npt.NDArray[np.int64]) -> pa.Array:
    """An Arrow array without pandas, which `pa.array` would import for a second of CPU."""
    whole = np.ascontiguousarray(values, np.int64)
    return pa.Array.from_buffers(pa.int64(), whole.size, [None, pa.py_buffer(whole)])


class _Lines:
    """Writes the kept-aside records of a file; no file where there are none."""

    def __init__(self, path: Path, received: Received) -> None:
        self._path, self._received = path, received
        self._replacing = replacing(path)
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._writer is None:
            if kind is None:
                self._path.unlink(missing_ok=True)
            return
        self._writer.close()
        self._replacing.__exit__(kind, *rest)  # type: ignore[arg-type]

    def write(self, records: Iterable[BadRecord]) -> None:
        """Write some records, a slice at a time: a block of broken lines holds millions of them."""
        given = iter(records)
        while some := list(itertools.islice(given, _SLICE)):
            self._write(some)

    def _write(self, records: list[BadRecord]) -> None:
        received = self._received
        listed = [
            {
                "source_name": received.source,
                "file_id": received.file_id,
                "sha256": received.sha256,
                "file_name": received.name,
                "first_line": record.first_line,
                "last_line": record.last_line,
                "raw_bytes": record.raw,
                "reasons": list(record.reasons),
                "parser_version": PARSER_VERSION,
                "batch": received.batch,
            }
            for record in records
        ]
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._replacing.__enter__(), LINES_SCHEMA, compression="zstd"
            )
        self._writer.write_table(pa.Table.from_pylist(listed, LINES_SCHEMA))


@functools.lru_cache(maxsize=4096)
def _names_at(path: Path, _mtime_ns: int) -> tuple[str, ...]:
    return tuple(pq.read_schema(path).names)


def column_names(path: Path) -> tuple[str, ...]:
    """The columns of a file of rows, lineage included."""
    return _names_at(path, path.stat().st_mtime_ns)
