"""What to write in the company file where texts were not read as what their column is.

Belongs here: the format that times have, and the decimal mark that numbers have, by the texts that
were refused. Does not: finding those (`orchestration.trial`), or guessing which column is which
(`orchestration.drafting`). No text is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime

# Tried in this order; where day and month could both be, the one that comes first is unsure.
TIME_FORMATS = (
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%m/%d/%Y", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y",
    "%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y%m%d", "%Y%m%d%H%M%S",
    "%d %b %Y", "%b %d, %Y",
)  # fmt: skip
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
# Three digits after each comma may be thousands (yen, pieces): they tell nothing.
_FRACTION = re.compile(r"[+-]?\d+,(\d{1,2}|\d{4,})")
_WHOLE = re.compile(r"[+-]?\d+")
MEND = "mend the mapping or the file"


def fitting_formats(texts: Sequence[str]) -> list[str]:
    """The formats that all of the texts have, likeliest first; none where there is no text."""
    return [pattern for pattern in TIME_FORMATS if texts and _all_times(texts, pattern)]


def has_decimal_commas(texts: Sequence[str]) -> bool:
    """Whether the texts are numbers, some surely with a decimal comma and none with a point."""
    return any(map(_FRACTION.fullmatch, texts)) and all(
        _DECIMAL_COMMA.fullmatch(text) or _WHOLE.fullmatch(text) for text in texts
    )


def remedy(code: str, column: str, source: str, texts: Sequence[str]) -> str:
    """What to do about texts of a column that were refused for a reason.

    Args:
        code: The reason, such as `ts.type`.
        column: The feed's column.
        source: The source that drives the mapping.
        texts: Some of the texts; those that are blank do not count.
    """
    given = [text.strip() for text in texts if text and text.strip()]
    if code.endswith(".type"):
        if found := fitting_formats(given):
            unsure = ", if the day comes first" if len(found) > 1 else ""
            return f"say formats: {{{column}: {json.dumps(found[0])}}}{unsure}"
        if has_decimal_commas(given):
            return f'say decimal: "," for the source {source}'
    return MEND


def _all_times(texts: Sequence[str], pattern: str) -> bool:
    try:
        for text in texts:
            datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True
