"""The positions of quotes in a block, and what they make of line ends and delimiters.

Here: parity. Where a record begins with an even number of quotes behind it, the 1st, 3rd … quote
from there opens and the 2nd, 4th … closes (a doubled quote closes and opens again), and a line end
ends a record where as many were closed as opened. After a broken record the count begins anew, so
everything is worked out for both parities once, and looked up. Not here: what is done about broken
records (framing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
_LF, _CR = 10, 13


@dataclass(frozen=True)
class QuoteMap:
    """Positions in a block; pairs are for records after an even and after an odd quote count."""

    line_ends: Ints  # offset of each line's LF
    quotes: Ints
    quotes_before: Ints  # of each line's end
    ends: tuple[Ints, Ints]  # lines that end a record
    misplaced: tuple[Ints, Ints]  # quotes that stand where they may not, as index
    delimiters_before: tuple[Ints, Ints]  # of each line's end, those outside quotes

    @classmethod
    def of(
        cls,
        data: npt.NDArray[np.uint8],
        line_ends: Ints,
        delimiters: Ints,
        delimiter: int,
        quote: int,
    ) -> QuoteMap:
        """Look at a block of whole lines."""
        quotes = np.flatnonzero(data == quote)
        before = np.searchsorted(quotes, line_ends)
        odd = (before & 1).astype(bool)
        may_open, may_close = _places(data, quotes, delimiter)
        index = np.arange(quotes.size)
        even_index = (index & 1) == 0
        misplaced_even = index[np.where(even_index, ~may_open, ~may_close)]
        misplaced_odd = index[np.where(even_index, ~may_close, ~may_open)]
        delimiter_odd = (np.searchsorted(quotes, delimiters) & 1).astype(bool)
        return cls(
            line_ends,
            quotes,
            before,
            (np.flatnonzero(~odd), np.flatnonzero(odd)),
            (misplaced_even, misplaced_odd),
            (
                np.searchsorted(delimiters[~delimiter_odd], line_ends),
                np.searchsorted(delimiters[delimiter_odd], line_ends),
            ),
        )

    def start(self, line: int) -> int:
        """The offset at which a line begins."""
        return int(self.line_ends[line - 1]) + 1 if line else 0

    def starts(self, lines: Ints) -> Ints:
        """The offsets at which lines begin."""
        return np.where(lines > 0, self.line_ends[lines - 1] + 1, 0)

    def _quotes_behind(self, line: int) -> int:
        return int(self.quotes_before[line - 1]) if line else 0

    def line_of_next_misplaced(self, line: int) -> int | None:
        """The line of the first misplaced quote for reading that begins at a line."""
        behind = self._quotes_behind(line)
        misplaced = self.misplaced[behind & 1]
        at = np.searchsorted(misplaced, behind)
        if at == misplaced.size:
            return None
        return int(np.searchsorted(self.line_ends, self.quotes[misplaced[at]]))

    def record_ends(self, line: int, before: int) -> Ints:
        """The lines from `line`, before `before`, that end a record."""
        ends = self.ends[self._quotes_behind(line) & 1]
        return ends[np.searchsorted(ends, line) : np.searchsorted(ends, before)]

    def n_fields(self, last: Ints, line: int = 0) -> Ints:
        """The fields of consecutive records that end at lines `last`, the first one at `line`."""
        if not last.size:
            return last
        previous = np.concatenate(([line - 1], last[:-1]))
        known = previous >= 0
        parity = np.where(known, self.quotes_before[previous], 0) & 1
        result = np.ones(last.size, np.int64)
        for side in (0, 1):
            counted = self.delimiters_before[side]
            mine = np.flatnonzero(parity == side)
            behind = np.where(known[mine], counted[previous[mine]], 0)
            result[mine] += counted[last[mine]] - behind
        return result

    def inside(self, offsets: Ints, record: Ints, line_bounds: Ints) -> npt.NDArray[np.bool_]:
        """Whether bytes at `offsets`, of records `record`, stand inside quotes.

        `line_bounds` are the lines at which the records begin, with one more at the end.
        """
        line = line_bounds[np.minimum(record, line_bounds.size - 1)]
        behind = np.where(line > 0, self.quotes_before[line - 1], 0)
        return ((np.searchsorted(self.quotes, offsets) - behind) & 1).astype(bool)


def _places(
    data: npt.NDArray[np.uint8], quotes: Ints, delimiter: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """For each quote, whether it may open a field (or reopen it, doubled) and whether close it."""
    edge = np.full(2, _LF, np.uint8)  # a block begins and ends at the edge of a line
    framed = np.concatenate((edge[:1], data, edge))
    before, after, beyond = framed[quotes], framed[quotes + 2], framed[quotes + 3]
    follows_quote = np.concatenate(([False], np.diff(quotes) == 1))
    precedes_quote = np.concatenate((np.diff(quotes) == 1, [False]))
    may_open = (before == delimiter) | (before == _LF) | follows_quote
    ends_line = (after == _LF) | ((after == _CR) & (beyond == _LF))
    may_close = (after == delimiter) | ends_line | precedes_quote
    return may_open, may_close
