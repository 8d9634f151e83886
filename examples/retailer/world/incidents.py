"""Outages and known problems of the company, and the steps it takes: what strikes many at once.

Belongs here: drawing incidents, and the fixed plan of improvement actions. Does not: how people
react (orders.py, service.py read what is here).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY
from examples.retailer.plan import Plan
from examples.retailer.world.state import World

TOUCHPOINTS = ("web_checkout", "app", "payment", "parcel_tracking")


def step(world: World) -> None:
    """Draw the week's incidents and let the people who met them feel it."""
    rng = world.company_rng("incidents")
    count = rng.poisson(world.scenario.rates.incidents_per_year / 52)
    start = (world.monday + rng.integers(0, 7, count)) * DAY + rng.integers(6, 19, count) * 3600
    length = (rng.gamma(1.5, 4, count) * 3600).astype(np.int64) + 1200
    kind = rng.integers(0, len(TOUCHPOINTS), count)
    notice = np.where(rng.random(count) < 0.6, start + length // 3, -1)
    numbers = world.tables.add_shared(
        "incident", {"t": start, "end_t": start + length, "touchpoint": kind, "notice_t": notice}
    )
    rng = world.rng("incidents")
    met = rng.random((count, world.n)) < 0.06 * np.exp(0.4 * world.engagement[: world.n])
    row, person = np.nonzero(met)
    world.feel(person, start[row], world.scenario.effects.incident)
    world.tables.add("incident_met", {"incident": numbers[row], "person": person})
    calls = rng.random(len(person)) < 0.12
    asked = start[row[calls]] + rng.integers(600, 20_000, int(calls.sum()))
    world.cause(person[calls], asked, 3, np.full(int(calls.sum()), -1))


def chosen_day(plan: Plan) -> int:
    """Day on which the agents with the worst answers of the quarter before are sent to training.

    In the first half of the base history: whom it strikes is known however early the sample ends.
    """
    span = plan.anchor.toordinal() - plan.first.toordinal()
    return plan.first_day + int(0.45 * span)


def action_day(plan: Plan) -> int:
    """Day on which the new parcel partner starts in the first country: 60 % of the base history."""
    span = plan.anchor.toordinal() - plan.first.toordinal()
    return plan.first_day + int(0.6 * span)
