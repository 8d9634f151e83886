"""The places, names, words and goods of the company in use, and the clocks of its countries.

Belongs here: static tables and the conversion between local and universal time. Does not: people,
or anything drawn at random, nor what a scenario may replace (company.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from examples.retailer.company import in_use, read, usual_countries, usual_cultures

DAY = 86_400
#: Position of the head office, whose calendar day names every file.
HOME = 0


def countries() -> list[dict[str, Any]]:
    """The countries with cities, phones and money, the head office's first (see company.py)."""
    return in_use().countries or usual_countries()


def of_countries(key: str) -> np.ndarray:
    """One value a country, to be indexed by country."""
    return np.array([c[key] for c in countries()])


def cultures() -> dict[str, dict[str, Any]]:
    """Names by culture: those that the countries in use name, in the order of their first use."""
    known = usual_cultures() | in_use().cultures
    used = dict.fromkeys(name for c in countries() for name in c["cultures"])
    return {name: known[name] for name in used}


def name_counts(kind: str) -> np.ndarray:
    """Count the names of a kind (female, male, family), one number a culture."""
    return np.array([len(c[kind]) for c in cultures().values()])


def lengths(key: str) -> np.ndarray:
    """Count the entries of a list of places.yml, one number a country."""
    return np.array([len(c[key]) for c in countries()])


def categories() -> list[dict[str, Any]]:
    """The main product categories."""
    return read("catalogue.yml")


def phrases() -> dict[str, Any]:
    """The parts that comments are made of, by language; English where nobody gave a language's."""
    book = read("phrases.yml")
    known = book["languages"] | in_use().phrases
    used = dict.fromkeys([*known, *(c["language"] for c in countries())])
    return {**book, "languages": {name: known.get(name, known["en"]) for name in used}}


@dataclass(frozen=True)
class Clocks:
    """Offsets from universal time of every country; `changes[c]` are instants, seconds UTC."""

    changes: list[np.ndarray]
    offsets: list[np.ndarray]

    @classmethod
    def over(cls, first_day: int, last_day: int) -> Clocks:
        """Work out the offsets for the days (day numbers) from first to last, with a margin.

        A day's offset at midnight UTC shows a change on the day after it; it is taken to have been
        at 01:00 UTC, when European zones change.
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
