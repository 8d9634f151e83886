"""JSON lines into text columns: each top-level key a column, what is nested stays JSON text.

Here: which lines are good, the keys of a file, and values as text. The bulk is read by DuckDB; the
few lines that it would read too kindly (NaN, trailing commas, long numbers, keys twice or empty,
deep nesting) or not at all are judged one by one (json_line). Not here: bytes and encodings
(stream).
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.landing.framing import LF, MAX_RECORD_BYTES
from orchestration.landing.json_line import MAX_DEPTH, BadLine, read_line
from orchestration.landing.options import Options
from orchestration.landing.pieces import ColumnsGrew, Piece, check_names
from orchestration.landing.problems import BadRecord, Counts, Refused
from orchestration.landing.quoting import Ints
from orchestration.landing.stream import TextStream

# What DuckDB takes though JSON has it not, or takes with a loss: numbers that are none, commas
# before a bracket, and numbers with an exponent or more digits than a double holds.
_SUSPICIOUS = r"(?i)[:,\[]\s*-?(nan|inf|[0-9.]+e|[0-9.]{16,})|,\s*[}\]]"

_KEYS = "case when json_valid(line) and not regexp_matches(line, $1) then json_keys(line) end"


@dataclass(frozen=True)
class _Block:
    """Whole lines of a file; lines are numbered from 0 in the block."""

    data: bytes
    bounds: Ints  # n + 1 offsets
    bulk: pa.Table  # i, line: those that DuckDB reads
    read: dict[int, dict[str, str | None]]  # lines that were read one by one
    bad: dict[int, str]  # code of each bad line
    blank: int
    keys: list[str]  # in the order of their first line


class JsonReader:
    """Reads one file of JSON lines."""

    def __init__(self, path: Path, name: str, options: Options) -> None:
        """Read `path`; `name` is the name that it was sent under."""
        self._name, self._options = name, options
        self._stream = TextStream(
            path, name, "jsonl", options.encoding, options.limits, options.trailer
        )
        self._duckdb = _engine().cursor()  # a connection of its own
        self._columns: list[str] = []

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces; see `Reader`."""
        line, grew, n_records = 1, False, 0
        for block in self._blocks():
            new = [key for key in block.keys if key not in self._columns]
            if new and line > 1:
                grew = True
            self._columns += new
            if not grew:
                if line == 1:
                    check_names(self._columns, self._name)
                yield self._piece(block, line)
            line += block.bounds.size - 1
            n_records += block.bounds.size - 1 - block.blank
        check_names(self._columns, self._name)
        self._stream.check_trailer(n_records)
        if grew:
            raise ColumnsGrew

    def _blocks(self) -> Iterator[_Block]:
        rest, is_first = b"", True
        for data in self._stream:
            rest += data
            cut = rest.rfind(b"\n") + 1
            if cut:
                yield self._look_at(rest[:cut])
                rest, is_first = rest[cut:], False
            elif len(rest) > 64 * MAX_RECORD_BYTES:
                raise Refused(
                    "json.syntax", f"{self._name}: a line of over 64 MiB; is it JSON lines?"
                )
        if rest or is_first:
            yield self._look_at(rest)

    def _look_at(self, data: bytes) -> _Block:
        """Sort the lines into blank, bad, read one by one, and the rest for DuckDB."""
        array = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(array == LF) + 1
        if data and not data.endswith(b"\n"):
            ends = np.append(ends, len(data))
        bounds = np.concatenate(([0], ends))
        begins, lengths = bounds[:-1], np.diff(bounds)
        opening = np.flatnonzero((array | 0x20) == ord("{"))  # the brackets differ in that bit
        nesting = np.diff(np.searchsorted(opening, bounds))
        alone = (array[begins] != ord("{")) | (nesting > MAX_DEPTH) | (lengths > MAX_RECORD_BYTES)
        if not data.isascii():
            alone |= _lines_not_utf8(data, bounds)
        bulk = np.flatnonzero(~alone)
        table, keys, suspects = self._classify(data, bounds, bulk)
        read: dict[int, dict[str, str | None]] = {}
        bad: dict[int, str] = {}
        blank = 0
        for line in np.union1d(np.flatnonzero(alone), suspects).tolist():
            text = data[bounds[line] : bounds[line + 1]]
            if not text.strip():
                blank += 1
                continue
            try:
                read[line] = read_line(text)
            except BadLine as problem:
                bad[line] = problem.code
        for row in read.values():
            keys.update(dict.fromkeys(row))
        return _Block(data, bounds, table, read, bad, blank, list(keys))

    def _classify(
        self, data: bytes, bounds: Ints, bulk: Ints
    ) -> tuple[pa.Table, dict[str, None], Ints]:
        """The lines that DuckDB is to read (i, line), their keys, and the numbers of the others."""
        lines = pa.StringArray.from_buffers(
            bounds.size - 1, pa.py_buffer(bounds.astype(np.int32)), pa.py_buffer(data)
        )
        block = pa.table({"i": pa.array(bulk, pa.int64()), "line": lines.take(pa.array(bulk))})
        with self._registered(block):
            # the lines are looked at once: to validate them is the dearest part of landing JSON
            shapes = self._duckdb.execute(
                "select keys, case when not coalesce(len(keys) = len(list_distinct(keys))"
                " and not list_contains(keys, ''), false) then list(i) end as others"
                f" from (select i, {_KEYS} as keys from block) as looked"
                " group by keys order by min(i)",
                [_SUSPICIOUS],
            ).fetchall()
        keys = {key: None for found, others in shapes if others is None for key in found}
        suspects = np.array([i for _, others in shapes for i in others or ()], np.int64)
        if not suspects.size:
            return block, keys, suspects
        good = np.flatnonzero(~np.isin(bulk, suspects))
        return block.take(pa.array(good)), keys, suspects

    @contextlib.contextmanager
    def _registered(self, block: pa.Table) -> Iterator[None]:
        self._duckdb.register("block", block)
        try:
            yield
        finally:
            self._duckdb.unregister("block")

    def _piece(self, block: _Block, line: int) -> Piece:
        columns = self._columns
        table, numbers = self._bulk_values(block.bulk)
        if block.read:
            few = pa.table(
                {
                    name: pa.array([row.get(name) for row in block.read.values()], pa.string())
                    for name in columns
                }
            )
            table = pa.concat_tables([table, few])
            numbers = np.concatenate((numbers, np.array(list(block.read), np.int64)))
            order = np.argsort(numbers, kind="stable")
            table, numbers = table.take(pa.array(order)), numbers[order]
        bad = tuple(
            BadRecord(
                line + number,
                line + number,
                block.data[block.bounds[number] : block.bounds[number + 1]],
                (code,),
            )
            for number, code in sorted(block.bad.items())
        )
        counts = Counts(block.bounds.size - 1, table.num_rows, len(bad), block.blank)
        return Piece(self._with_nulls(table), numbers + line, numbers + line, bad, counts.check())

    def _bulk_values(self, bulk: pa.Table) -> tuple[pa.Table, Ints]:
        """The values of the bulk's lines as text columns, and the lines' numbers."""
        numbers = bulk["i"].to_numpy()
        if not self._columns:
            return _no_columns(numbers.size), numbers
        shape = json.dumps(dict.fromkeys(self._columns, "VARCHAR"))
        with self._registered(bulk):
            found = self._duckdb.execute(
                "select unnest(from_json(line, $1)) from block order by i", [shape]
            ).to_arrow_table()
        return found, numbers

    def _with_nulls(self, table: pa.Table) -> pa.Table:
        nulls = pa.array(self._options.null_values, pa.string())
        values = [
            pc.if_else(pc.is_in(column, nulls), pa.scalar(None, pa.string()), column)
            for column in table.columns
        ]
        return pa.table(values, names=table.column_names) if values else table


@functools.cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An empty database for all files: to make one costs 10 ms, as much as to read a small file."""
    offline: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(config=offline)


def _no_columns(n_rows: int) -> pa.Table:
    """A table of no columns and some rows: lines of `{}` are records too."""
    return pa.table({"x": pa.nulls(n_rows)}).select([])


def _lines_not_utf8(data: bytes, bounds: Ints) -> np.typing.NDArray[np.bool_]:
    """Which lines are no UTF-8."""
    result = np.zeros(bounds.size - 1, bool)
    begin, view = 0, memoryview(data)
    while begin < len(data):
        try:
            str(view[begin:], "utf-8")
            break
        except UnicodeDecodeError as problem:
            line = int(np.searchsorted(bounds, begin + problem.start, "right")) - 1
            result[line] = True
            begin = int(bounds[line + 1])
    return result
