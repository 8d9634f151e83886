"""Parquet with its own types: verified page by page, names checked, rows numbered.

Here: what is particular to Parquet. Not here: the contract's types, which are validation's matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.options import Options
from orchestration.landing.pieces import Piece, check_names
from orchestration.landing.problems import Counts, Refused
from orchestration.landing.stream import PARQUET_MAGIC, unpacked

BATCH_ROWS = 122_880


class ParquetReader:
    """Reads one Parquet file; `_line` is the ordinal of a row, from 1."""

    def __init__(self, path: Path, name: str, options: Options) -> None:
        """Read `path`; `name` is the name that it was sent under."""
        self._path, self._name, self._options = path, name, options

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces; see `Reader`."""
        with unpacked(self._path, self._name, self._options.limits) as path:
            with path.open("rb") as raw:
                head = raw.read(4)
            if not head:
                raise Refused("file.empty", f"{self._name}: 0 bytes; have it sent again")
            if head != PARQUET_MAGIC:
                raise Refused(
                    "file.magic_mismatch",
                    f"{self._name}: is no Parquet file; export it again, or name its format",
                )
            try:
                yield from self._batches(path)
            except (pa.ArrowException, OSError) as problem:
                raise Refused(
                    "parquet.corrupt",
                    f"{self._name}: shortened or damaged ({type(problem).__name__});"
                    " have it sent again",
                ) from None

    def _batches(self, path: Path) -> Iterator[Piece]:
        with pq.ParquetFile(path, page_checksum_verification=True) as parquet:
            schema = _plain(parquet.schema_arrow)
            check_names(schema.names, self._name)
            self._check_growth(parquet.metadata, path.stat().st_size)
            line, is_first = 1, True
            for batch in parquet.iter_batches(BATCH_ROWS):
                yield _piece(pa.Table.from_batches([batch]).cast(schema), line)
                line, is_first = line + batch.num_rows, False
            if is_first:
                yield _piece(schema.empty_table(), line)
            if line - 1 != parquet.metadata.num_rows:
                raise Refused(
                    "parquet.corrupt",
                    f"{self._name}: {line - 1} rows, where its footer says"
                    f" {parquet.metadata.num_rows}; have it sent again",
                )

    def _check_growth(self, metadata: pq.FileMetaData, size: int) -> None:
        """Refuse a file that says it has more values than its bytes can mean, before any is made.

        Runs of one value are stored in a few bytes, so that a kilobyte can hold a billion rows.
        """
        limits = self._options.limits
        n_values = metadata.num_rows * max(metadata.num_columns, 1)
        if n_values > limits.growth_from and n_values > size * limits.max_growth * 10:
            raise Refused(
                "file.archive_unsafe",
                f"{self._name}: {metadata.num_rows} rows in {size} bytes; have it sent again",
            )


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema without dictionaries (a matter of storage) and without columns of no type."""
    fields = []
    for field in schema:
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_null(kind):
            kind = pa.string()
        fields.append(pa.field(field.name, kind))
    return pa.schema(fields)


def _piece(table: pa.Table, line: int) -> Piece:
    lines = np.arange(line, line + table.num_rows, dtype=np.int64)
    return Piece(table, lines, lines, (), Counts(framed=table.num_rows, parsed=table.num_rows))
