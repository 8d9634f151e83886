"""The physical lines of a received text file, as they were sent, for a person who asks.

Here: some lines of one file, unpacked and in UTF-8. Not here: who may see them (the command).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orchestration.landing.options import Options
from orchestration.landing.stream import TextStream


def raw_lines(
    path: Path, name: str, options: Options, spans: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], bytes]:
    """The bytes of spans of lines (first and last, from 1), line ends included.

    The file is read once, and no further than the last span. Spans that the file does not reach
    are not in the result.

    Raises:
        Refused: the file cannot be unpacked or decoded.
    """
    wanted = sorted(set(spans))
    last = max((end for _, end in wanted), default=0)
    lines: dict[int, bytes] = {}
    needed = {line for begin, end in wanted for line in range(begin, end + 1)}
    at, rest = 1, b""
    is_old: bool | None = None
    for data in TextStream(path, name, options.format, options.encoding, options.limits):
        if is_old is None:
            # line ends of CR alone, as the reader of csv takes them
            is_old = options.format == "csv" and b"\r" in data and b"\n" not in data
        block = data.replace(b"\r", b"\n") if is_old else data
        *whole, rest = (rest + block).split(b"\n")
        lines.update({at + i: whole[i] + b"\n" for i in _within(needed, at, len(whole))})
        at += len(whole)
        if at > last:
            break
    if rest and at in needed:
        lines[at] = rest
    return {
        (begin, end): b"".join(lines.get(line, b"") for line in range(begin, end + 1))
        for begin, end in wanted
        if begin in lines
    }


def _within(needed: set[int], at: int, n: int) -> list[int]:
    """Places, from 0, of the needed lines among n lines of which the first is number `at`."""
    if len(needed) < n:
        return [line - at for line in needed if at <= line < at + n]
    return [i for i in range(n) if at + i in needed]
