"""Days that are not like others: public holidays by country, and the days of the past akin to one.

Rules are data (`holidays.yml`): fixed dates, days from Easter Sunday, n-th weekdays of a month. Not
here: what such a day does to a number; that is learnt from its kin (expect).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from dateutil.easter import easter

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EASTER_REACH = 62  # Corpus Christi and the days around it
_EVERYWHERE = "everywhere"


@cache
def _rules() -> dict[str, list[str]]:
    rules: dict[str, list[str]] = yaml.safe_load(
        (Path(__file__).parent / "holidays.yml").read_text()
    )
    return rules


@cache
def holidays(country: str, year: int) -> frozenset[date]:
    """Holidays of a country and year, and the days on which trade is unlike itself everywhere."""
    rules = _rules()
    found: set[date] = set()
    for rule in (*rules[_EVERYWHERE], *rules.get(country, ())):
        found |= _days_of(rule, year)
    return frozenset(found)


def _days_of(rule: str, year: int) -> set[date]:
    """The days of a rule: `12-25`, `12-24..01-02`, `easter-2`, `4 thu nov`, `last mon may+1..4`."""
    span = rule.partition("..")
    first, last = span[0], span[2] or None
    if first.startswith("easter"):
        start = easter(year) + timedelta(int(first.removeprefix("easter") or 0))
        return {start}
    if " " in first:
        start, offset = _nth_weekday(first, year)
        through = int(last) if last else offset
        return {start + timedelta(days) for days in range(offset, through + 1)}
    if last is None:
        return {_fixed(first, year)}
    start, end = _fixed(first, year), _fixed(last, year)
    if end >= start:
        return {start + timedelta(days) for days in range((end - start).days + 1)}
    return {  # over the turn of the year: its two ends in one year
        day
        for day in (date(year, 1, 1) + timedelta(days) for days in range(366))
        if day.year == year and (day <= end or day >= start)
    }


def _fixed(text: str, year: int) -> date:
    return date(year, int(text[:2]), int(text[3:5]))


def _nth_weekday(text: str, year: int) -> tuple[date, int]:
    """`4 thu nov+1`: the day, and how many days after it are meant."""
    text, _, offset = text.partition("+")
    which, weekday, month_name = text.split()
    month = [
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
    ].index(month_name) + 1
    number = _WEEKDAYS.index(weekday)
    if which == "last":
        end = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
        return end - timedelta((end.weekday() - number) % 7), int(offset or 0)
    first = date(year, month, 1)
    start = first + timedelta((number - first.weekday()) % 7 + 7 * (int(which) - 1))
    return start, int(offset or 0)


def is_special(day: date, country: str) -> bool:
    """Whether a day or a neighbour of it is a holiday: people bridge, and shop the day before."""
    around = (day - timedelta(1), day, day + timedelta(1))
    return any(near in holidays(country, near.year) for near in around)


def kin(day: date) -> list[date]:
    """Days of the two years before that a day may be like, newest first.

    The same date, the same distance from Easter, and the same weekday 51 to 53 weeks before, which
    holds the n-th weekday of a month too.
    """
    found: set[date] = set()
    from_easter = (day - easter(day.year)).days
    for back in (1, 2):
        year = day.year - back
        found |= {day - timedelta(weeks) for weeks in (364 * back - 7, 364 * back, 364 * back + 7)}
        if (day.month, day.day) != (2, 29):
            found.add(day.replace(year=year))
        if abs(from_easter) <= _EASTER_REACH:
            found.add(easter(year) + timedelta(from_easter))
    return sorted(found, reverse=True)


def same_occasion(day: date) -> list[date]:
    """Of the kin, those that are the same holiday: by date, by Easter, by weekday of the month."""
    found: list[date] = []
    for other in kin(day):
        is_date = (other.month, other.day) == (day.month, day.day)
        is_easter = (other - easter(other.year)) == (day - easter(day.year))
        is_nth = (
            other.month == day.month
            and other.weekday() == day.weekday()
            and (other.day - 1) // 7 == (day.day - 1) // 7
        )
        if is_date or is_easter or is_nth:
            found.append(other)
    return found


def describe() -> dict[str, Any]:
    """Countries whose holidays are known, for documents: code -> number of rules."""
    return {code: len(rules) for code, rules in _rules().items() if code != _EVERYWHERE}
