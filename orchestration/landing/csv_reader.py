"""CSV into text columns: header, blocks, framing, and the good records' values by Arrow.

Here: what is particular to CSV. Not here: where records begin (framing), bytes and encodings
(stream), where rows are written (rows).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from orchestration.landing import framing
from orchestration.landing.framing import Dialect, Records
from orchestration.landing.header_names import names_of
from orchestration.landing.options import Options
from orchestration.landing.pieces import Piece, check_names
from orchestration.landing.problems import BadRecord, Counts, Refused
from orchestration.landing.quoting import Ints
from orchestration.landing.stream import TextStream

_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_LINE = 64 << 20
_DENSE_PART, _SHORT_LINE = 1 << 20, 8  # bytes
_FEWEST_FOR_ENCODING = 2  # one line that is no UTF-8 is a bad line, not another encoding


class CsvReader:
    """Reads one CSV file."""

    def __init__(self, path: Path, name: str, options: Options) -> None:
        """Read `path`; `name` is the name that it was sent under."""
        self._name, self._options = name, options
        self._stream = TextStream(
            path, name, "csv", options.encoding, options.limits, options.trailer
        )
        self._dialect: Dialect | None = None
        self._columns: list[str] = []
        self._line = 1
        self._n_framed = self._n_invalid = 0
        self._has_other_letters = False

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces; see `Reader`."""
        rest = b""
        for block, final in self._blocks():
            rest += block
            if self._dialect is None:
                taken = self._read_header(rest, final=final)
                if not taken:
                    continue
                rest = rest[taken:]
            piece, consumed = self._piece(rest, final=final)
            rest = rest[consumed:]
            if len(rest) > _LONGEST_LINE:
                raise Refused(
                    "csv.record_too_long",
                    f"{self._name}: line {self._line} is over {_LONGEST_LINE} bytes;"
                    " is it a CSV file?",
                )
            yield piece
        self._judge_encoding()
        self._stream.check_trailer(self._n_framed)

    def _blocks(self) -> Iterator[tuple[bytes, bool]]:
        """Blocks, with whether each is the last; line ends of CR alone become LF."""
        before: bytes | None = None
        old_line_ends = False
        for block in self._stream:
            if before is None:
                old_line_ends = b"\r" in block and b"\n" not in block
            for part in _parts(block.replace(b"\r", b"\n") if old_line_ends else block):
                if before is not None:
                    yield before, False
                before = part
        yield before or b"", True

    # the header ---------------------------------------------------------------------------------
    def _read_header(self, data: bytes, *, final: bool) -> int:
        """Take the header off the first bytes; return how many it took, 0 where more are needed."""
        start = self._skip_to_header(data, final=final)
        end = self._end_of_header(data, start)
        if end is None:
            if not final and len(data) <= framing.MAX_RECORD_BYTES:
                return 0
            raise self._no_header("its first line has a quote that is not closed")
        record = data[start:end].removesuffix(b"\n").removesuffix(b"\r")
        try:
            text = record.decode()
        except UnicodeDecodeError:
            declared = self._options.encoding or "utf-8"
            raise Refused(
                "file.encoding",
                f"{self._name}: the header is not {declared}; set `encoding` of the source",
            ) from None
        if "\0" in text:
            raise Refused(
                "file.encoding",
                f"{self._name}: NUL bytes in the header; set `encoding` of the source (utf-16?)",
            )
        delimiter = self._options.delimiter or _sniff(text, self._options.quote)
        self._columns = _split_header(text, delimiter, self._options.quote)
        if self._options.header_rows > 1:
            more = self._more_header(data, end, delimiter, final=final)
            if more is None:
                return 0
            rows, end = more
            self._columns = names_of([self._columns, *rows], self._options.header_names)
        if not any(self._columns):
            raise self._no_header("its first line names no column")
        self._columns = [n or f"column_{i}" for i, n in enumerate(self._columns, start=1)]
        check_names(self._columns, self._name)
        quote = ord(self._options.quote) if self._options.quote else None
        self._dialect = Dialect(ord(delimiter), quote, len(self._columns), record)
        self._line += data.count(b"\n", 0, end)
        return end

    def _more_header(
        self, data: bytes, end: int, delimiter: str, *, final: bool
    ) -> tuple[list[list[str]], int] | None:
        """The further rows of a header and where they end; None where more bytes are needed."""
        rows = []
        for _ in range(1, self._options.header_rows):
            start, found = end, self._end_of_header(data, end)
            if found is None or found == len(data):
                if not final and len(data) <= framing.MAX_RECORD_BYTES:
                    return None
                if found is None or start == len(data):
                    count = self._options.header_rows
                    raise self._no_header(f"its header has not the {count} rows of `header_rows`")
            end = found
            text = data[start:end].decode(errors="replace")
            rows.append(_split_header(text, delimiter, self._options.quote))
        return rows, end

    def _skip_to_header(self, data: bytes, *, final: bool) -> int:
        """The offset of the header: of the given row, else of the first line that is not blank."""
        at = 0
        if self._options.header_row is not None:
            for row in range(1, self._options.header_row):
                at = data.find(b"\n", at) + 1
                if not at:
                    raise self._no_header(f"it has {row} lines, and its header is in row"
                                          f" {self._options.header_row}")  # fmt: skip
            return at
        while data[at : at + 1] in (b"\r", b"\n"):
            at += 1
        if at == len(data) and final:
            raise Refused("file.empty", f"{self._name}: only blank lines; have it sent again")
        return at

    def _end_of_header(self, data: bytes, start: int) -> int | None:
        quote = self._options.quote.encode() if self._options.quote else b""
        at = start
        while True:
            line_end = data.find(b"\n", at)
            end = len(data) if line_end < 0 else line_end + 1
            if not quote or data.count(quote, start, end) % 2 == 0:
                return end
            if line_end < 0 or end - start > framing.MAX_RECORD_BYTES:
                return None
            at = end

    def _no_header(self, why: str) -> Refused:
        return Refused(
            "file.header_mismatch",
            f"{self._name}: {why}; mend the file, or set `header_row`, `delimiter` or `quote`",
        )

    # records ------------------------------------------------------------------------------------
    def _piece(self, data: bytes, *, final: bool) -> tuple[Piece, int]:
        assert self._dialect is not None
        records = framing.frame(data, self._dialect, final=final)
        flags = records.flags
        good = np.flatnonzero(flags == 0)
        first = records.line_bounds[:-1] + self._line
        last = records.line_bounds[1:] + (self._line - 1)
        blank = int(np.count_nonzero(flags == framing.BLANK))
        bad_at = np.flatnonzero((flags != 0) & (flags != framing.BLANK))
        content = _bytes_of(data, records, good)
        table = self._values(content, good.size)
        bad = tuple(
            BadRecord(
                int(first[i]),
                int(last[i]),
                data[records.bounds[i] : records.bounds[i + 1]],
                self._reasons(data, records, i, final=final),
            )
            for i in bad_at.tolist()
        )
        counts = Counts(flags.size, table.num_rows, len(bad), blank).check()
        self._n_framed += flags.size - blank
        self._n_invalid += int(np.count_nonzero(flags & framing.INVALID_UTF8))
        self._has_other_letters |= not content.isascii()
        self._line += int(records.line_bounds[-1])
        return Piece(table, first[good], last[good], bad, counts), records.consumed

    def _values(self, content: bytes, n_rows: int) -> pa.Table:
        """The values of good records as text columns (n_rows); Arrow finds the same records."""
        dialect = self._dialect
        assert dialect is not None
        if not content:
            return pa.table({name: pa.array([], pa.string()) for name in self._columns})
        if content.startswith(codecs.BOM_UTF8):
            content = (
                codecs.BOM_UTF8 + content
            )  # Arrow takes one off, which is part of a value here
        quoted = dialect.quote is not None and dialect.quote in content
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            arrow_csv.ReadOptions(
                column_names=self._columns, block_size=4 * framing.MAX_RECORD_BYTES
            ),
            arrow_csv.ParseOptions(
                delimiter=chr(dialect.delimiter),
                quote_char=chr(dialect.quote) if quoted and dialect.quote else False,
                double_quote=True,
                newlines_in_values=quoted,
            ),
            arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(self._columns, pa.string()),
                null_values=list(self._options.null_values),
                strings_can_be_null=True,
            ),
        )
        if table.num_rows != n_rows:
            raise AssertionError(f"framing found {n_rows} records, Arrow {table.num_rows}")
        return table

    def _reasons(
        self, data: bytes, records: Records, record: int, *, final: bool
    ) -> tuple[str, ...]:
        flags = int(records.flags[record])
        reasons = {code for flag, code in framing.CODES.items() if flags & flag}
        is_cut = flags & (framing.TOO_FEW | framing.UNTERMINATED)
        if final and is_cut and record == records.flags.size - 1 and data[-1:] != b"\n":
            reasons.add("file.maybe_truncated")
        return tuple(sorted(reasons))

    def _judge_encoding(self) -> None:
        """Refuse a file in which whatever is not ASCII is not UTF-8 either: another encoding."""
        limit = max(_FEWEST_FOR_ENCODING, self._options.quarantine_ratio * self._n_framed)
        if self._n_invalid >= limit and not self._has_other_letters:
            raise Refused(
                "file.encoding",
                f"{self._name}: {self._n_invalid} of {self._n_framed} lines are not"
                f" {self._options.encoding or 'utf-8'}; set `encoding` of the source (latin-1?)",
            )


def _parts(block: bytes) -> Iterator[bytes]:
    """A block whole; in parts where its lines are so short that records would fill the memory."""
    if len(block) <= _DENSE_PART or block.count(b"\n") < len(block) // _SHORT_LINE:
        yield block
        return
    for begin in range(0, len(block), _DENSE_PART):
        yield block[begin : begin + _DENSE_PART]


def _bytes_of(data: bytes, records: Records, good: Ints) -> bytes:
    """The bytes of good records; without a copy where all are good."""
    if good.size == records.flags.size and records.consumed == len(data):
        return data
    if not good.size:
        return b""
    breaks = np.flatnonzero(np.diff(good) > 1)
    begins = good[np.concatenate(([0], breaks + 1))]
    ends = good[np.concatenate((breaks, [good.size - 1]))] + 1
    view = memoryview(data)
    runs = zip(records.bounds[begins].tolist(), records.bounds[ends].tolist(), strict=True)
    return b"".join(view[begin:end] for begin, end in runs)


def _sniff(header: str, quote: str | None) -> str:
    """The delimiter that the header has most of, outside quotes; a comma where it has none."""
    outside = "".join(header.split(quote)[::2]) if quote else header
    return max(_DELIMITERS, key=outside.count)


def _split_header(header: str, delimiter: str, quote: str | None) -> list[str]:
    reader = csv.reader(
        io.StringIO(header, newline=""),
        delimiter=delimiter,
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    return [name.strip() for name in next(reader, [])]
