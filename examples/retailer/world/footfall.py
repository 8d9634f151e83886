"""How many people pass the doors of the shops that count them: hours and numbers, never a person.

Belongs here: a week's counts by door and hour. Does not: who came (nobody knows), or what was
bought (orders.py).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import countries
from examples.retailer.world.opening import n_equipped, opening
from examples.retailer.world.orders import season
from examples.retailer.world.state import World

DOORS = 2
#: Visitors a year to the doors that are counted, for each customer of the company.
VISITS = 1.5


def step(world: World) -> None:
    """Count the week's passages: one row a door and open hour with at least one of them."""
    rng = world.company_rng("footfall")
    hours = opening(world)
    shops, first = n_equipped(world.plan), world.monday
    shape = (shops, DOORS, 7, 24)
    shop, door, day, hour = (axis.ravel() for axis in np.indices(shape))
    country = shop % len(countries())
    place = first + day - hours.first_day
    is_open = (hour * 3600 >= hours.opens[country, place]) & (
        hour * 3600 < hours.closes[country, place]
    )
    people = world.plan.people_through(world.week)
    rate = people * VISITS / 365 / 11 / (shops * DOORS) * season(np.array([first + 3.0]))[0]
    busy = 0.6 + 0.8 * np.sin(np.pi * np.clip((hour - 8) / 13, 0, 1))
    entered = rng.poisson(rate * busy * is_open)
    # People leave by either door, some of them an hour later: ins and outs agree only over a day.
    exited = rng.poisson(rate * busy * is_open)
    seen = np.flatnonzero((entered > 0) | (exited > 0))
    local = (first + day[seen]).astype(np.int64)
    instant = world.clocks.instant(country[seen], local, hour[seen] * 3600)
    world.tables.add_shared(
        "door",
        {
            "shop": shop[seen],
            "door": door[seen],
            "day": local,
            "hour": hour[seen],
            "entered": entered[seen],
            "exited": exited[seen],
            "t": instant,
        },
    )
