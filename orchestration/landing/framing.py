"""Framing of CSV: bytes of physical lines into records, without loss, whatever is broken.

Here: where records begin and end, and what is wrong with each, from the positions of quotes,
delimiters and line ends (numpy, no Python for a clean record). Not here: bytes and encodings
(stream), values (csv_reader).

The rule, as a reader would apply it record by record: a field is quoted when its first byte is the
quote, and ends at the quote that is followed by a delimiter or a line end; a doubled quote inside
is one quote. Where that fails, **the record's first physical line is set aside and reading begins
again at the next line**, so that one broken quote costs one line. The same is done where a record
of several lines is too long, or has the wrong number of fields while one of its later lines is a
good record by itself: it has swallowed others. The outcome does not depend on how the bytes are
cut into blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orchestration.landing.quoting import Ints, QuoteMap

MAX_RECORD_BYTES = 1 << 20
SHORT_STRETCH = 1024  # records looked at together once a swallower was met: bounds the rework
LF, CR = 10, 13

TOO_FEW, TOO_MANY, UNTERMINATED, BAD_QUOTING = 1, 2, 4, 8
NUL_BYTE, INVALID_UTF8, REPEATED_HEADER, TOO_LONG, BLANK = 16, 32, 64, 128, 256
CODES = {
    TOO_FEW: "csv.too_few_fields",
    TOO_MANY: "csv.too_many_fields",
    UNTERMINATED: "csv.unterminated_quote",
    BAD_QUOTING: "csv.bad_quoting",
    NUL_BYTE: "csv.nul_byte",
    INVALID_UTF8: "csv.invalid_utf8",
    REPEATED_HEADER: "csv.repeated_header",
    TOO_LONG: "csv.record_too_long",
}


@dataclass(frozen=True)
class Dialect:
    """How records are written: single bytes, `quote` None where quotes mean nothing."""

    delimiter: int
    quote: int | None
    n_columns: int
    header: bytes  # the header's record, without line end
    max_record: int = MAX_RECORD_BYTES


@dataclass(frozen=True)
class Records:
    """The n records of a block, in order and without gaps."""

    bounds: Ints  # n + 1 byte offsets: record i is block[bounds[i]:bounds[i + 1]]
    line_bounds: Ints  # n + 1 line offsets: record i is lines line_bounds[i] .. [i + 1] - 1
    flags: npt.NDArray[np.uint16]  # 0 is good

    @property
    def consumed(self) -> int:
        """Bytes of the block that are in records; the rest belongs to the next block."""
        return int(self.bounds[-1])


def frame(block: bytes, dialect: Dialect, *, final: bool) -> Records:
    """Frame a block that begins at the beginning of a record.

    Args:
        block: bytes; what is after the last whole record is left for the next block.
        dialect: the way records are written.
        final: whether the file ends with the block.
    """
    if not final:
        block = block[: block.rfind(b"\n") + 1]
    data = np.frombuffer(block, np.uint8)
    line_ends = np.flatnonzero(data == LF)
    if final and data.size and data[-1] != LF:
        line_ends = np.append(line_ends, data.size)  # the last line may have no line end
    delimiters = np.flatnonzero(data == dialect.delimiter)
    quote = dialect.quote
    if quote is None or quote not in block:
        quotes = None
        last, flags = np.arange(line_ends.size), np.zeros(line_ends.size, np.uint16)
        n_fields = np.diff(np.searchsorted(delimiters, line_ends), prepend=0) + 1
    else:
        quotes = QuoteMap.of(data, line_ends, delimiters, dialect.delimiter, quote)
        last, flags = _Walk(block, dialect, quotes, final=final).run()
        n_fields = quotes.n_fields(last)
    line_bounds = np.concatenate(([0], last + 1))
    bounds = np.concatenate(([0], np.minimum(line_ends[last] + 1, data.size)))
    records = Records(bounds, line_bounds, flags)
    _flag_bytes(block, data, records, quotes)
    _flag_shape(data, records, n_fields, dialect)
    return records


class _Walk:
    """From record to record: clean stretches at once, one step for each broken one."""

    def __init__(self, block: bytes, dialect: Dialect, quotes: QuoteMap, *, final: bool) -> None:
        self._block, self._dialect, self._quotes, self._final = block, dialect, quotes, final
        self._stretch = max(quotes.line_ends.size, 1)
        self._last: list[Ints] = []
        self._flags: list[npt.NDArray[np.uint16]] = []

    def run(self) -> tuple[Ints, npt.NDArray[np.uint16]]:
        """The last line of each record (n), and its flags (n)."""
        quotes, line = self._quotes, 0
        n_lines = quotes.line_ends.size
        while line < n_lines:
            broken_at = quotes.line_of_next_misplaced(line)
            ends = quotes.record_ends(line, n_lines if broken_at is None else broken_at)
            clean = ends[: self._stretch]
            kept = self._before_a_swallower(line, clean)
            self._add(clean[:kept], 0)
            if kept:
                line = int(clean[kept - 1]) + 1
            if kept < clean.size:
                self._add(np.array([line]), UNTERMINATED)
                self._stretch = SHORT_STRETCH
            elif clean.size < ends.size:
                continue
            elif broken_at is not None:
                self._add(np.array([line]), BAD_QUOTING if broken_at == line else UNTERMINATED)
            elif line < n_lines and self._is_given_up(line):
                self._add(np.array([line]), UNTERMINATED)
            else:
                break
            line += 1
        if not self._last:
            return np.zeros(0, np.int64), np.zeros(0, np.uint16)
        return np.concatenate(self._last), np.concatenate(self._flags)

    def _add(self, last: Ints, flag: int) -> None:
        self._last.append(last)
        self._flags.append(np.full(last.size, flag, np.uint16))

    def _is_given_up(self, line: int) -> bool:
        """Whether a quote that is open at the block's end will not be closed within the cap."""
        return self._final or len(self._block) - self._quotes.start(line) > self._dialect.max_record

    def _before_a_swallower(self, line: int, last: Ints) -> int:
        """How many records there are before one that swallowed its neighbours (all: last.size)."""
        quotes, dialect = self._quotes, self._dialect
        if not last.size:
            return 0
        first = np.concatenate(([line], last[:-1] + 1))
        several = np.flatnonzero(last > first)
        if not several.size:
            return last.size
        lengths = quotes.line_ends[last[several]] - quotes.starts(first[several])
        n_fields = quotes.n_fields(last, line)[several]
        suspects = several[(lengths > dialect.max_record) | (n_fields != dialect.n_columns)]
        for record in suspects.tolist():
            begin, end = int(first[record]), int(last[record])
            too_long = quotes.line_ends[end] - quotes.start(begin) > dialect.max_record
            if too_long or self._holds_a_record(begin + 1, end):
                return record
        return last.size

    def _holds_a_record(self, begin: int, end: int, look_at: int = 64) -> bool:
        """Whether one of the lines begin..end is a good record by itself."""
        if self._dialect.n_columns < 2:
            return False
        for line in range(begin, min(end, begin + look_at) + 1):
            start = self._quotes.start(line)
            text = self._block[start : self._quotes.line_ends[line]].removesuffix(b"\r")
            if fields_of_line(text, self._dialect) == self._dialect.n_columns:
                return True
        return False


def fields_of_line(text: bytes, dialect: Dialect) -> int | None:
    """The number of fields of one line (without line end), or None where its quoting is broken."""
    delimiter, quote = bytes([dialect.delimiter]), dialect.quote
    if quote is None or quote not in text:
        return text.count(delimiter) + 1
    mark = bytes([quote])
    n_fields, at = 1, 0
    while True:
        if text[at : at + 1] == mark:
            at = text.find(mark, at + 1)
            while at >= 0 and text[at + 1 : at + 2] == mark:
                at = text.find(mark, at + 2)
            if at < 0 or text[at + 1 : at + 2] not in (b"", delimiter):
                return None
            at += 1
        else:
            end = text.find(delimiter, at)
            if mark in (text[at:] if end < 0 else text[at:end]):
                return None
            at = len(text) if end < 0 else end
        if at >= len(text):
            return n_fields
        n_fields, at = n_fields + 1, at + 1


def _flag_bytes(
    block: bytes, data: npt.NDArray[np.uint8], records: Records, quotes: QuoteMap | None
) -> None:
    """Flag NULs, bytes that are no UTF-8, and line breaks of old inside unquoted fields."""
    if b"\0" in block:
        _flag_at(records, np.flatnonzero(data == 0), NUL_BYTE)
    if block.count(b"\r") != block.count(b"\r\n"):
        returns = np.flatnonzero(data == CR)
        following = np.append(data, np.uint8(LF))[returns + 1]
        lone = returns[following != LF]
        if quotes is not None and lone.size:
            lone = lone[~quotes.inside(lone, _record_of(records, lone), records.line_bounds)]
        _flag_at(records, lone, BAD_QUOTING)
    if not block.isascii():
        _flag_at(records, _not_utf8(block, records), INVALID_UTF8)


def _not_utf8(block: bytes, records: Records) -> Ints:
    """Offsets of bytes that are no UTF-8: the first of each record that has one."""
    found: list[int] = []
    begin = 0
    view = memoryview(block)
    while begin < records.consumed:
        try:
            str(view[begin : records.consumed], "utf-8")
            break
        except UnicodeDecodeError as problem:
            found.append(begin + problem.start)
            begin = int(records.bounds[np.searchsorted(records.bounds, found[-1], "right")])
    return np.array(found, np.int64)


def _record_of(records: Records, offsets: Ints) -> Ints:
    return np.searchsorted(records.bounds, offsets, "right") - 1


def _flag_at(records: Records, offsets: Ints, flag: int) -> None:
    hit = _record_of(records, offsets[offsets < records.consumed])
    records.flags[np.unique(hit)] |= np.uint16(flag)


def _flag_shape(
    data: npt.NDArray[np.uint8], records: Records, n_fields: Ints, dialect: Dialect
) -> None:
    """Flag blank lines, wrong numbers of fields, the header again, and too long records."""
    flags, begin, end = records.flags, records.bounds[:-1], records.bounds[1:]
    if not flags.size:
        return
    end = end - (data[end - 1] == LF)
    end = end - ((end > begin) & (data[np.maximum(end, 1) - 1] == CR))
    lengths = end - begin
    blank = (lengths == 0) & (flags == 0)
    judged = (flags & (UNTERMINATED | BAD_QUOTING) == 0) & ~blank
    flags[judged & (n_fields < dialect.n_columns)] |= TOO_FEW
    flags[judged & (n_fields > dialect.n_columns)] |= TOO_MANY
    flags[lengths > dialect.max_record] |= TOO_LONG
    flags[blank] = BLANK
    same = np.flatnonzero(lengths == len(dialect.header))
    for offset, byte in enumerate(dialect.header):
        if not same.size:
            break
        same = same[data[begin[same] + offset] == byte]
    if dialect.header:
        flags[same] |= REPEATED_HEADER
