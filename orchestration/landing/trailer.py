"""A text file's trailer: its last line, which says how many records come before it.

Here: finding the line, taking it off, and what it says. Not here: counting the records (the
readers), or where a trailer is declared (the company file: `trailer: "T;{rows};*"`, in which
`{rows}` stands for the count and `*` for anything).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestration.landing.problems import Refused

ROWS = "{rows}"
#: The longest trailer with the blank lines behind it, in bytes.
_LONGEST = 64 << 10


def trailer_pattern(declared: str) -> re.Pattern[bytes]:
    """What a declared trailer looks like, as a whole line without its line end."""
    parts = re.split(r"(\{rows\}|\*)", declared)
    known = {ROWS: r'"?([0-9]{1,18})"?', "*": r"[^\n]*"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts).encode())


class Trailer:
    """Takes the trailer off a stream of blocks; `rows` is what it said, once all are read."""

    def __init__(self, declared: str, name: str) -> None:
        """Look for the declared trailer in the file `name`."""
        self._pattern, self._name = trailer_pattern(declared), name
        self.rows: int | None = None

    def taken_off(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the blocks without the trailer.

        Raises:
            Refused: file.trailer_mismatch: the last line that is not blank is no trailer.
        """
        held = b""
        for block in blocks:
            held += block
            if len(held) > 2 * _LONGEST:
                yield held[:-_LONGEST]
                held = held[-_LONGEST:]
        end = held.rstrip(b"\r\n \t")
        start = max(end.rfind(b"\n"), end.rfind(b"\r")) + 1
        found = self._pattern.fullmatch(end[start:])
        if not found:
            raise Refused(
                "file.trailer_mismatch",
                f"{self._name}: its last line is not the trailer that the source declares;"
                " it may be cut short: have it sent again",
            )
        self.rows = int(found[1])
        if held[:start]:
            yield held[:start]

    def check(self, n_records: int) -> None:
        """Hold the records of the file against what the trailer said.

        Raises:
            Refused: file.trailer_mismatch.
        """
        if self.rows != n_records:
            raise Refused(
                "file.trailer_mismatch",
                f"{self._name}: {n_records} records, where its trailer says {self.rows};"
                " have it sent again",
            )
