"""How a text file is laid out where its first bytes tell: its encoding and the row of its header.

Belongs here: the two guesses, by bytes and by counting fields. Does not: reading rows
(`orchestration.sampling`) or writing the guesses down (`draft`).
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from itertools import islice
from pathlib import Path

_HEAD_BYTES = 1 << 18
_ROWS = 50
_DELIMITERS = (",", ";", "\t", "|")
_JAPANESE = ("cp932", "euc_jp")
_OTHER_WIDE = ("cp949", "gb18030", "big5")
_KANA = re.compile("[\u3041-\u30ff]")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_RUN = re.compile(rb"[\x80-\xff]{2,}")
_HIGH = re.compile(rb"[\x80-\xff]")


def guess_encoding(path: Path) -> str | None:
    """The encoding that a file's first bytes suggest where they are no UTF-8; None where they are.

    Letters of Western encodings stand alone among ASCII, those of East Asian ones side by side. A
    guess, never sure: many bytes are text in several encodings.
    """
    head = _head(path)
    try:
        head.decode()
        return None
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 4 and len(head) == _HEAD_BYTES:
            return None  # a character cut by the end of what was read
    high = len(_HIGH.findall(head))
    if sum(map(len, _RUN.findall(head))) * 2 < high:
        return "cp1252"
    for name in _JAPANESE + _OTHER_WIDE:
        text = _decoded(head, name)
        if text is None:
            continue
        letters = len(_NOT_ASCII.findall(text))
        is_likely = len(_HALF_WIDTH.findall(text)) * 10 < letters
        if is_likely and (name in _OTHER_WIDE or _KANA.search(text)):
            return name
    return "cp1252"


def guess_header_row(path: Path, encoding: str | None) -> int | None:
    """The row of a csv file's header where titles stand above it; None where it is the first.

    The header is taken to be the first row with as many fields as most of the first rows have.
    """
    text = _decoded(_head(path), encoding or "utf-8-sig")
    if text is None:
        return None
    found = [_table_starts(text, delimiter) for delimiter in _DELIMITERS]
    _, row = max(found, key=lambda start: start[0])
    return row if row > 1 and any(text.splitlines()[: row - 1]) else None


def _table_starts(text: str, delimiter: str) -> tuple[int, int]:
    """How many fields stand in the rows of the commonest width, and the row of the first."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    rows: list[tuple[int, int]] = []
    before = 0
    for fields in islice(reader, _ROWS):
        rows.append((len(fields), before + 1))
        before = reader.line_num
    widths = Counter(width for width, _ in rows if width > 1)
    if not widths:
        return 0, 1
    width, count = widths.most_common(1)[0]
    return width * count, next(line for fields, line in rows if fields == width)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        if path.name.lower().endswith(".gz"):
            return gzip.GzipFile(fileobj=file).read(_HEAD_BYTES)
        return file.read(_HEAD_BYTES)


def _decoded(head: bytes, encoding: str) -> str | None:
    """The text, whatever the end of what was read cuts left out; None where it is no such text."""
    for cut in range(4):
        try:
            return head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
