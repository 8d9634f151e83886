"""A cell of a sheet as text: dates as ISO, ids with their zeros, numbers as somebody typed them.

Here: one value at a time. Not here: rows and sheets (xlsx_reader).
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

_ZEROS = re.compile(r"0{2,30}")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
#: The digits that a spreadsheet itself shows; what comes after them is noise of binary fractions.
_DIGITS = 15


def text_of_cell(value: Any, number_format: str) -> str | None:
    """A cell's value as text, None where it is empty.

    Args:
        value: As openpyxl gives it: text, number, boolean, date, time or length of time.
        number_format: The cell's format: `00000` says that an id has its zeros, a format without
            hours that a time at midnight is a date.

    Returns:
        Text: numbers plain (no exponent, 15 digits), `2025-03-01`, `2025-03-01T14:30:00`,
        `14:30:00`, `true`; the text of an error such as `#N/A` as it is.
    """
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value, number_format)
    if isinstance(value, dt.datetime):
        return _time(value, number_format)
    if isinstance(value, dt.timedelta):
        return _length(value)
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def _number(value: float, number_format: str) -> str:
    text = _plain(value)
    shown = number_format.split(";")[0]
    if _ZEROS.fullmatch(shown) and text.lstrip("-").isdigit():
        sign = "-" if text.startswith("-") else ""
        return sign + text.lstrip("-").zfill(len(shown))
    return text


def _plain(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    text = format(Decimal(format(value, f".{_DIGITS}g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _time(value: dt.datetime, number_format: str) -> str:
    """A date where the format shows no hour and it is midnight; else to the second, or below."""
    shows_hour = "h" in _QUOTED.sub("", number_format.lower())
    # A day's fraction in binary is off by some microseconds.
    near = value + dt.timedelta(microseconds=500)
    value = near.replace(microsecond=near.microsecond // 1000 * 1000)
    if not shows_hour and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


def _length(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
