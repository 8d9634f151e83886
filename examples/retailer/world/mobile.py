"""What telephones tell by themselves: beacons passed in a shop, positions, push messages got.

Belongs here: a week's events of people who have the app that are no visit of it. Does not: visits
of the app (web.py).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY, countries
from examples.retailer.plan import as_date
from examples.retailer.world.opening import opening, shop_data, shop_of
from examples.retailer.world.orders import STORE
from examples.retailer.world.state import Rows, World

#: Share of people with the app who let it use Bluetooth, and who pass on where they are.
BLUETOOTH, POSITION = 0.6, 0.015
PASSING, PUSHED = 0.006, 0.08
ZONES = 4


def step(world: World, orders: Rows) -> None:
    """Draw the week's beacons, positions and push messages."""
    rng = world.rng("mobile")
    carriers = np.flatnonzero(
        world.of("has_app")
        & (world.of("registered_day") < world.monday)
        & ~world.is_gone[: world.n]
    )
    _beacons(world, rng, orders, carriers)
    _positions(world, rng, carriers)
    _pushes(world, rng, carriers)


def _beacons(world: World, rng: np.random.Generator, orders: Rows, carriers: np.ndarray) -> None:
    """Beacons on the way to the till, and those of people who bought nothing."""
    bought = (orders["channel"] == STORE) & world.people["has_app"][orders["person"]]
    bought &= rng.random(len(bought)) < BLUETOOTH
    looking = carriers[rng.random(len(carriers)) < PASSING]
    country = world.people["country"][looking]
    hours = opening(world)
    day = hours.next_open(country, world.monday + rng.integers(0, 7, len(looking)))
    seconds = hours.seconds(country, day, rng.random(len(looking)))
    person = np.concatenate([orders["person"][bought], looking])
    store = np.concatenate([orders["store"][bought], rng.integers(0, 1_000_000, len(looking))])
    # A buyer passed the first beacon up to twenty minutes before paying.
    before = orders["t"][bought] - rng.integers(120, 1200, int(bought.sum()))
    came = np.concatenate([before, world.clocks.instant(country, day, seconds)])
    count = 1 + rng.poisson(1.2, len(person))
    of = np.repeat(np.arange(len(person)), count)
    place = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    world.tables.add(
        "beacon",
        {
            "person": person[of],
            "shop": shop_of(world, store, world.people["country"][person])[of],
            "zone": rng.integers(0, ZONES, len(of)),
            "strength": -rng.integers(48, 92, len(of)),
            "t": came[of] + place * 35,
        },
    )


def _positions(world: World, rng: np.random.Generator, carriers: np.ndarray) -> None:
    """Positions near home, at any hour of the day or night."""
    person = carriers[rng.random(len(carriers)) < POSITION]
    size = len(person)
    country, city = world.people["country"][person], world.people["city"][person]
    where = np.zeros((size, 2))
    for index, place in enumerate(countries()):
        known = np.array(shop_data(place["code"])["cities"])
        mine = country == index
        where[mine] = known[city[mine] % len(known)]
    where = np.round(where + rng.normal(0, 0.05, (size, 2)), 4)
    t = (world.monday + rng.integers(0, 7, size)) * DAY + rng.integers(0, DAY, size)
    columns = {"person": person, "latitude": where[:, 0], "longitude": where[:, 1], "t": t}
    world.tables.add("ping", columns)


def _pushes(world: World, rng: np.random.Generator, carriers: np.ndarray) -> None:
    """A push message in the second week of a month; in other weeks nobody gets one."""
    monday = as_date(world.monday)
    is_due = 8 <= monday.day <= 14
    person = carriers[rng.random(len(carriers)) < PUSHED * is_due]
    t = (world.monday + 3) * DAY + 16 * 3600 + rng.integers(0, 1800, len(person))
    month = np.full(len(person), monday.year * 100 + monday.month)
    world.tables.add("push", {"person": person, "month": month, "t": t})
