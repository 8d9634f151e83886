"""When shops and the hotline are open, which shops there are, and where they lie.

Belongs here: hours and closed days by country, numbers of shops. Does not: what happens in a shop
(orders.py, footfall.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import yaml

from examples.retailer.company import DATA
from examples.retailer.places import countries
from examples.retailer.plan import Plan, as_date
from examples.retailer.world.state import World

#: Shops of each country with door counters, beacons and RFID readers: the first ones.
EQUIPPED = 2


@dataclass(frozen=True)
class Opening:
    """Opening hours of every country and day, in seconds after local midnight.

    Both have the shape (countries, days from `first_day` on), and are 0 on a closed day.
    """

    first_day: int
    opens: np.ndarray
    closes: np.ndarray

    def is_open(self, country: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Whether shops of a country are open on a local day (day number)."""
        return self.closes[country, day - self.first_day] > 0

    def next_open(self, country: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The day itself, or the first one after it on which the country's shops are open."""
        found = np.array(day, dtype=np.int64)
        # Four days in a row are closed at most: holidays around a Sunday.
        for _ in range(4):
            found = np.where(self.is_open(country, found), found, found + 1)
        return found

    def seconds(self, country: np.ndarray, day: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Seconds after local midnight at a share (0 to 1) of the day's opening hours."""
        place = day - self.first_day
        opens, closes = self.opens[country, place], self.closes[country, place]
        return opens + (share * (closes - opens - 1)).astype(np.int64)


def opening(world: World) -> Opening:
    """Opening hours over the plan's days, with a margin after the last one."""
    first = world.plan.first_day
    places = tuple((c["code"], bool(c.get("closed_on_sunday"))) for c in countries())
    return _over(first, first + 7 * world.plan.n_weeks + 60, places)


@cache
def _over(first_day: int, last_day: int, places: tuple[tuple[str, bool], ...]) -> Opening:
    dates = [as_date(day) for day in range(first_day, last_day)]
    weekday = np.array([date.weekday() for date in dates])
    of_year = np.array([f"{date:%m-%d}" for date in dates])
    hours = np.zeros((2, len(places), len(dates)), dtype=np.int64)
    for index, (code, closed_on_sunday) in enumerate(places):
        is_holiday = np.isin(of_year, shop_data(code)["holidays"])
        seconds = np.array(spans(code, closed_on_sunday), dtype=np.int64)[weekday].T * 3600
        hours[:, index] = np.where(is_holiday, 0, seconds)
    return Opening(first_day, hours[0], hours[1])


def spans(code: str, closed_on_sunday: bool) -> list[list[int]]:
    """First and last open hour of each weekday in a country; [0, 0] where it is closed."""
    hours: list[list[int]] = list(shop_data(code)["hours"])
    return [*hours[:6], [0, 0]] if closed_on_sunday else hours


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DATA / "stores.yml").read_text(encoding="utf-8"))
    return found


def shop_data(code: str) -> dict[str, Any]:
    """Hours, holidays and places of cities of a country, or those of any other."""
    found: dict[str, Any] = _read().get(code, _read()["default"])
    return found


def shop_hours() -> list[dict[str, Any]]:
    """Opening hours as a sign at the door has them: a row a country."""
    found = []
    for index, place in enumerate(countries()):
        hours = spans(place["code"], bool(place.get("closed_on_sunday")))
        words = [f"{a:02d}:00-{b:02d}:00" if b else "closed" for a, b in hours]
        found.append({"country": index, "mon_fri": words[0], "sat": words[5], "sun": words[6]})
    return found


def shops_a_country(plan: Plan) -> int:
    """Count the shops of each country."""
    return max(1, min(20, plan.customers // 1200))


def n_shops(plan: Plan) -> int:
    """Count the shops; shop `no` is in country `no` modulo the number of countries."""
    return len(countries()) * shops_a_country(plan)


def shop_of(world: World, store: np.ndarray, country: np.ndarray) -> np.ndarray:
    """Number of the shop that an order's `store` (any number) stands for in its country."""
    return store % shops_a_country(world.plan) * len(countries()) + country


def n_equipped(plan: Plan) -> int:
    """Count the shops with counters and readers: the first ones of every country."""
    return len(countries()) * min(EQUIPPED, shops_a_country(plan))
