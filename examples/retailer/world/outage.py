"""The great outage: one night on which payments failed, after which more members left.

Belongs here: its day, whom it strikes, and how long they are upset. Does not: the small outages of
every month (incidents.py), nor leaving itself (membership.py).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY
from examples.retailer.world.state import World

#: Share of the base history after which it comes; touchpoint "payment" of incidents.py.
SHARE_OF_HISTORY = 0.72
PAYMENT = 2
STRUCK = 0.3
#: What is left a week later of the rise of the log hazard of leaving.
LASTS = 0.85


def outage_day(world: World) -> int:
    """Day number of the outage."""
    span = world.plan.anchor.toordinal() - world.plan.first.toordinal()
    return world.plan.first_day + int(SHARE_OF_HISTORY * span)


def calm_down(world: World) -> None:
    """Let people forget it, a week after the other."""
    world.upset *= LASTS


def step(world: World) -> None:
    """Let the outage strike in its week."""
    day = outage_day(world)
    strikes = world.monday <= day < world.monday + 7
    start = np.full(int(strikes), day * DAY + 17 * 3600)
    rows = {"t": start, "end_t": start + 9 * 3600, "touchpoint": np.full(len(start), PAYMENT)}
    no = world.tables.add_shared("incident", {**rows, "notice_t": start + 3 * 3600})
    who = np.flatnonzero(world.luck("outage", np.arange(world.n)) < STRUCK)
    who = who[~world.is_gone[who]] if strikes else who[:0]
    world.tables.add(
        "incident_met", {"incident": np.full(len(who), no[0] if strikes else 0), "person": who}
    )
    world.upset[who] = world.scenario.effects.outage
    world.feel(who, np.full(len(who), day * DAY), world.scenario.effects.incident)
    calls = who[world.luck("outage call", who) < 0.1]
    asked = day * DAY + 18 * 3600 + (world.luck("outage hour", calls) * 20_000)
    world.cause(calls, asked.astype(np.int64), 3, np.full(len(calls), -1))
