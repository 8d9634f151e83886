"""What the company's steps do to single people: offers that move them, leave them cold, or annoy.

Belongs here: the planted individual effects, and the people whom an offer would serve best. Does
not: who is sent what (marketing.py), or what follows in orders and memberships.

Who is drifting away can be won, who comes anyway needs nothing, who is cross is driven off: the
effect hangs on what shows in behaviour, and on chance. So a model of behaviour can find it, and the
people most at risk are not those most worth an offer.
"""

from __future__ import annotations

import numpy as np

from examples.retailer.world.state import Rows, World

#: Weeks for which an offer acts.
WEEKS = 4
#: Effect of an offer that works, as a multiple of the scenario's, and of one that annoys.
GAIN, HARM = 1.6, -1.0
#: Of an offer that works: rise of the log odds to take it, of the log hazard to leave.
TAKING, LEAVING = 1.1, -0.9
#: Margin of an average order and months of fees that a kept member is worth, reporting currency.
ORDER_MARGIN, MONTHS_KEPT, COST = 24.0, 12, 0.35
MONTHLY = np.array([4.99, 8.99, 6.58])


def response(world: World, who: np.ndarray) -> np.ndarray:
    """How an offer acts on people as they are today: GAIN, nothing or HARM."""
    engaged, pleased = world.engagement[who], world.satisfaction[who]
    works = 1 / (1 + np.exp(0.4 + 1.2 * engaged))
    annoys = 1 / (1 + np.exp(2.2 + 1.3 * pleased))
    chance = world.luck("response", who)
    return np.where(chance < works, GAIN, np.where(chance > 1 - annoys * (1 - works), HARM, 0.0))


def outreach(world: World, hazard: np.ndarray, rate: np.ndarray, plan: np.ndarray) -> Rows:
    """What an offer made today is worth for everybody who may be sent one: margin less its cost.

    Args:
        world: The world at the start of a week.
        hazard: Weekly hazard of leaving the membership, of everybody who has come.
        rate: Orders a week to expect of them.
        plan: Their plans' codes.
    """
    n = world.n
    who = np.flatnonzero(world.of("in_crm") & world.of("wants_email") & ~world.is_gone[:n])
    acts = response(world, who)
    more = rate[who] * WEEKS * (np.exp(world.scenario.effects.offer * acts) - 1)
    kept = 1 - (1 - hazard[who]) ** WEEKS
    kept -= 1 - (1 - np.minimum(hazard[who] * np.exp(LEAVING * acts / GAIN), 0.9)) ** WEEKS
    gain = ORDER_MARGIN * more + kept * MONTHLY[plan[who]] * MONTHS_KEPT - COST
    best = np.argsort(-gain, kind="stable")
    return {
        "day": np.full(len(who), world.monday, dtype=np.int32),
        "person": who[best],
        "gain": gain[best].astype(np.float32),
        "more_orders": more[best].astype(np.float32),
        "less_leaving": kept[best].astype(np.float32),
    }
