"""Names and kinds of learnt gates, in one place: what each measure is, and how it is said.

A gate is `feeds.<feed>.<stream>.<measure>` or `…<measure>_<column>`. Not here: how measures are
counted (numbers) or judged (judge).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: How a measure is worked out of (n, total, squares): a count is total, a ratio of rows to another
#: stream's rows and a share total / n, a mean
#: total / n with the variance of its rows, a moment is one number a day.
KINDS = ("count", "ratio", "share", "mean", "moment")


@dataclass(frozen=True)
class Measure:
    """What a family of learnt gates looks at.

    Attributes:
        kind: one of KINDS.
        says: What is compared, in words; `{column}` stands for the column.
        can_stop: Whether it may hold the night back, or only warns.
        per_item: Whether it is a share for each value of a column, judged as one gate.
    """

    kind: str
    says: str
    can_stop: bool = True
    per_item: bool = False


GATE_KINDS: dict[str, Measure] = {
    "volume": Measure("count", "new rows"),
    "beside": Measure(
        "ratio", "new rows for each new row of a stream that goes with it", can_stop=False
    ),
    "mix": Measure("share", "share of each {column}", per_item=True),
    "filled": Measure("share", "share of rows with {column}"),
    "level": Measure("mean", "mean of {column} (logarithm of its size where it is on no scale)"),
    "negative": Measure("share", "share of negative {column}"),
    "hour": Measure("mean", "mean local hour of events"),
    "last_hour": Measure("moment", "local hour of the last event", can_stop=False),
    "clock": Measure("mean", "hours by which the day's profile has moved"),
    "sizes": Measure("share", "share of each size of {column}, in e-folds", per_item=True),
    "hours": Measure("share", "share of each three hours of the day", per_item=True),
    "late": Measure("share", "share of rows of days before"),
    "future": Measure("share", "share of rows of days to come"),
    "updated": Measure("share", "share of rows that replace known ones"),
    "closed": Measure("share", "share of rows that close a key"),
    "repeated": Measure("share", "share of rows that repeat another's content under a new key"),
    "persons": Measure("share", "different persons for each row that names one"),
    "known": Measure("share", "share of {column} that is known"),
    "followed": Measure("share", "share of rows that have their {column}"),
    "density": Measure("share", "share of the running numbers of ids that came"),
}

#: What is counted for others to be made of (derived), and is no gate.
INGREDIENTS: dict[str, Measure] = {
    "profile": Measure("share", "share of each hour, of which clock is made", per_item=True),
}
MEASURES = GATE_KINDS | INGREDIENTS

_NAME = re.compile(r"feeds\.(?P<feed>[a-z_]+)\.(?P<stream>.+)\.(?P<check>[a-z_0-9]+)")


def gate_name(feed: str, stream: str, measure: str, column: str) -> str:
    """The stable name of a learnt gate."""
    return f"feeds.{feed}.{stream}.{measure}" + (f"_{column}" if column else "")


def is_learnt(name: str) -> bool:
    """Whether a gate of this name may be learnt: its stream is only known when it has come."""
    found = _NAME.fullmatch(name)
    if found is None:
        return False
    check = found["check"]
    return any(check == kind or check.startswith(f"{kind}_") for kind in GATE_KINDS)
