"""The reader of a file, by its format, without the rows that are no data.

Here: which reader reads which format, and totals rows. Not here: how a format is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.landing.csv_reader import CsvReader
from orchestration.landing.json_reader import JsonReader
from orchestration.landing.options import Options
from orchestration.landing.parquet_reader import ParquetReader
from orchestration.landing.pieces import Piece, Reader
from orchestration.landing.problems import BadRecord, Counts
from orchestration.landing.xlsx_reader import XlsxReader

_READERS: dict[str, Callable[[Path, str, Options], Reader]] = {
    "csv": CsvReader,
    "jsonl": JsonReader,
    "parquet": ParquetReader,
    "xlsx": XlsxReader,
}


def reader_of(path: Path, name: str, options: Options) -> Reader:
    """The reader of a file whose format the options say; `name` is what it was sent under."""
    reader = _READERS[options.format](path, name, options)
    if options.totals:
        reader = WithoutTotals(reader, options)
    return Renamed(reader, options) if options.aliases else reader


class Renamed:
    """A reader whose columns have the names that mappings know, whatever a file calls them.

    Where a file has a column under its name and under another one (a list of JSON whose key changed
    in the middle), each row has the first of them that is filled.
    """

    def __init__(self, reader: Reader, options: Options) -> None:
        """Read by `reader`; the options have the other names, in lower case."""
        self._reader, self._names = reader, dict(options.aliases)

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces; see `Reader`."""
        for piece in self._reader.pieces():
            yield replace(piece, table=self._renamed(piece.table))

    def _renamed(self, table: pa.Table) -> pa.Table:
        own = {name.lower(): name for name in table.column_names}
        columns: dict[str, pa.ChunkedArray] = {}
        # a column under its own name goes before one under another
        for name in sorted(table.column_names, key=lambda name: name.lower() in self._names):
            known = self._names.get(name.lower())
            target = name if known is None else own.get(known.lower(), known)
            there = columns.get(target)
            columns[target] = table[name] if there is None else pc.coalesce(there, table[name])
        order = [self._names.get(name.lower(), name) for name in table.column_names]
        kept = dict.fromkeys(own.get(name.lower(), name) for name in order)
        return pa.table({name: columns[name] for name in kept}) if columns else table


class WithoutTotals:
    """A reader whose totals rows are counted as blank: they are framed, and are no data.

    A totals row is one whose first filled cell is one of the words that the source declares. It may
    have fewer fields than the header, and would else be kept aside as broken.
    """

    def __init__(self, reader: Reader, options: Options) -> None:
        """Read by `reader`; the options have the words, in lower case."""
        self._reader, self._options = reader, options
        self._words = pa.array(options.totals, pa.string())

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces; see `Reader`."""
        for piece in self._reader.pieces():
            yield self._without(piece)

    def _without(self, piece: Piece) -> Piece:
        kept = np.flatnonzero(~self._are_totals(piece.table))
        bad = tuple(record for record in piece.bad if not self._is_total(record))
        n = piece.counts
        more = piece.table.num_rows - kept.size + len(piece.bad) - len(bad)
        return replace(
            piece,
            table=piece.table.take(pa.array(kept)),
            first_line=piece.first_line[kept],
            last_line=piece.last_line[kept],
            bad=bad,
            counts=Counts(n.framed, kept.size, len(bad), n.blank + more).check(),
        )

    def _are_totals(self, table: pa.Table) -> np.typing.NDArray[np.bool_]:
        texts = [
            pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
            for column in table.columns
            if pa.types.is_string(column.type)
            for trimmed in [pc.utf8_trim_whitespace(column)]
        ]
        if not texts or not table.num_rows:
            return np.zeros(table.num_rows, bool)
        first = pc.utf8_rtrim(pc.utf8_lower(pc.coalesce(*texts)), characters=" :")
        found = pc.fill_null(pc.is_in(first, self._words), False)
        return np.asarray(found.combine_chunks().to_numpy(zero_copy_only=False), bool)

    def _is_total(self, record: BadRecord) -> bool:
        text = record.raw.decode(errors="replace")
        if self._options.format == "xlsx":
            cells = [str(cell or "") for cell in json.loads(text)]
        else:
            cells = text.split(self._options.delimiter or _delimiter(text))
        filled = (cell.strip(' "\r\n').rstrip(" :") for cell in cells)
        return next(filter(None, filled), "").casefold() in self._options.totals


def _delimiter(text: str) -> str:
    return max(",;\t|", key=text.count)
