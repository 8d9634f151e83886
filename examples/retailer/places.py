"""The places, words and goods of the sample, read from data/, and clocks of the three countries.

Belongs here: static tables and the conversion between local and universal time. Does not: people,
or anything drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import yaml

DATA = Path(__file__).parent / "data"
DAY = 86_400
#: Position of the head office, whose calendar day names every file.
HOME = 0


@cache
def _read(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def countries() -> list[dict[str, Any]]:
    """The countries with names, cities, phones and money, the head office's first."""
    return _read("places.yml")


def categories() -> list[dict[str, Any]]:
    """The main product categories."""
    return _read("catalogue.yml")


def phrases() -> dict[str, Any]:
    """The parts that comments are made of, by language."""
    return _read("phrases.yml")


@dataclass(frozen=True)
class Clocks:
    """Offsets from universal time of every country; `changes[c]` are instants, seconds UTC."""

    changes: list[np.ndarray]
    offsets: list[np.ndarray]

    @classmethod
    def over(cls, first_day: int, last_day: int) -> Clocks:
        """Work out the offsets for the days (day numbers) from first to last, with a margin.

        European zones change at 01:00 UTC; a day's offset at midnight UTC therefore shows a change
        on the day after it.
        """
        changes, offsets = [], []
        days = range(first_day - 30, last_day + 400)
        for country in countries():
            zone = ZoneInfo(country["timezone"])
            found = [(0, _offset(zone, days[0]))]
            for day in days[1:]:
                offset = _offset(zone, day)
                if offset != found[-1][1]:
                    found.append(((day - 1) * DAY + 3600, offset))
            changes.append(np.array([f[0] for f in found], dtype=np.int64))
            offsets.append(np.array([f[1] for f in found], dtype=np.int64))
        return cls(changes, offsets)

    def offset(self, country: int, instant: np.ndarray) -> np.ndarray:
        """Seconds that the country's clock is ahead of UTC at each instant."""
        place = np.searchsorted(self.changes[country], instant, side="right") - 1
        return self.offsets[country][np.maximum(place, 0)]

    def business_day(self, instant: np.ndarray) -> np.ndarray:
        """Day number at the head office for each instant (seconds UTC)."""
        return (instant + self.offset(HOME, instant)) // DAY

    def instant(self, country: np.ndarray, day: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        """Instant (seconds UTC) of a local day and seconds after local midnight.

        In the two hours of a night when the clocks change this may be an hour off; the instant is
        then simply another one, and every file is written from it.
        """
        local = day.astype(np.int64) * DAY + seconds.astype(np.int64)
        result = local.copy()
        for index in range(len(self.changes)):
            mine = country == index
            result[mine] -= self.offset(index, local[mine])
        return result


def _offset(zone: ZoneInfo, day: int) -> int:
    offset = datetime.fromtimestamp(day * DAY, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
