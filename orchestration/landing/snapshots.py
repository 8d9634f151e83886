"""The date that a snapshot is of.

Here: the date in a file's name, and that in a column. Not here: which snapshot is the current one
(holdings).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from orchestration.landing.problems import Refused

if TYPE_CHECKING:
    from orchestration.company import Source

_DATE = re.compile(r"(?<![0-9])(\d{4})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?=\D|$|\d{4})")


def date_in_name(name: str) -> date | None:
    """The last date in a file's name (2025-03-01, 20250301, 2025_03_01, with or without a time)."""
    found = None
    for match in _DATE.finditer(PurePosixPath(name).name):
        try:
            found = date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            continue  # the 31st of a month of 30 days
    return found


def date_of_values(values: Sequence[str | None], name: str) -> date | None:
    """The latest of dates or times as text, by their first ten characters; None where all are NULL.

    Raises:
        Refused: file.date_mismatch: they are no ISO dates.
    """
    latest = max((value[:10] for value in values if value is not None), default=None)
    try:
        return date.fromisoformat(latest) if latest else None
    except ValueError:
        raise Refused(
            "file.date_mismatch",
            f"{name}: the column that `snapshot_on` names holds no ISO dates; mend one of the two",
        ) from None


def snapshot_date(source: Source, name: str) -> date | None:
    """The date of a snapshot where its name says it; None for sources of another mode.

    Raises:
        Refused: file.date_mismatch: the name should say it and does not.
    """
    if source.mode != "snapshot" or source.snapshot_on != "from_name":
        return None
    day = date_in_name(name)
    if day is None:
        raise Refused(
            "file.date_mismatch",
            f"{name}: no date in its name, where `snapshot_on: from_name` needs one;"
            " name it like crm_2025-03-01.csv",
        )
    return day
