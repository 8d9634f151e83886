"""Notes of latent states while the world runs: for the truth, never for the files.

Belongs here: how everybody feels at chosen weeks, and the planted chances of leaving and of buying
from that state. Does not: the simulation (simulate.py), nor how truth is written (truth/).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from examples.retailer.world.effects import outreach
from examples.retailer.world.lines import chance_of_category
from examples.retailer.world.membership import Membership
from examples.retailer.world.orders import SHOWS_CARD, season, weekly_rate
from examples.retailer.world.state import Rows, World

#: Days over which a membership's risk of ending is planted and looked up, and a purchase's.
HORIZON_DAYS = 90
PURCHASE_DAYS = 30


@dataclass
class Notes:
    """What is noted at the start of every fourth week and of the weeks after a cut-off.

    A cut-off is the last day of history and the day a horizon before it: for the latter it is known
    what became of the risk.
    """

    moments: list[Rows] = field(default_factory=list)
    wants: list[Rows] = field(default_factory=list)
    outreach: list[Rows] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)

    def take(self, world: World, membership: Membership) -> None:
        """Note the current week where it is one to be noted."""
        after = world.monday - 1
        wanted = (world.plan.until_day, world.plan.until_day - HORIZON_DAYS)
        is_cutoff = any(after <= day < after + 7 for day in wanted)
        if world.week % 4 == 0 or is_cutoff:
            self.moments.append(_moment(world, membership))
        if is_cutoff:
            self.wants.append(_want(world))
            hazard = membership.weekly_hazard(world)
            rate = weekly_rate(world)
            self.outreach.append(outreach(world, hazard, rate, membership.plan))

    def table(self, name: str) -> Rows:
        """All rows noted as `moments`, `wants` or `outreach`, one array a column."""
        parts: list[Rows] = getattr(self, name)
        return {column: np.concatenate([p[column] for p in parts]) for column in parts[0]}


def _moment(world: World, membership: Membership) -> Rows:
    n = world.n
    return {
        "day": np.full(n, world.monday, dtype=np.int32),
        "person": np.arange(n, dtype=np.int32),
        "satisfaction": world.satisfaction[:n].astype(np.float32),
        "engagement": world.engagement[:n].astype(np.float32),
        "is_member": world.period[:n] >= 0,
        "has_decided": membership.runs_out[:n] >= 0,
        "is_gone": world.is_gone[:n].copy(),
        "probability": _leaving(world, membership).astype(np.float32),
    }


def _leaving(world: World, membership: Membership) -> np.ndarray:
    """Probability of being no member after the horizon, from today's state.

    Week by week: of an annual plan only those weeks of the horizon count in which it can be left,
    and of every decision only whether the plan is over by then. Who has decided is not in doubt.
    """
    last = world.monday + HORIZON_DAYS - 1
    stays = np.ones(world.n)
    for week in range(-(-HORIZON_DAYS // 7)):
        stays *= 1 - membership.weekly_hazard(world, week) * membership.over_by(world, week, last)
    runs_out = membership.runs_out[: world.n]
    return np.where((runs_out >= 0) & (runs_out <= last), 1.0, 1 - stays)


def _want(world: World) -> Rows:
    """Probability to buy under their own name from each category within the days after."""
    n = world.n
    days = world.monday + np.arange(PURCHASE_DAYS)
    # Who pays at a till without a card buys as nobody known.
    nameless = world.of("store_share") * (1 - SHOWS_CARD * world.of("in_loyalty"))
    expected = weekly_rate(world) * season(days).mean() * PURCHASE_DAYS / 7 * (1 - nameless)
    chance = chance_of_category(np.diff(world.people["taste"][:n], axis=1, prepend=0))
    categories = chance.shape[1]
    return {
        "day": np.full(n * categories, world.monday, dtype=np.int32),
        "person": np.repeat(np.arange(n, dtype=np.int32), categories),
        "category": np.tile(np.arange(categories, dtype=np.int32), n),
        "probability": (1 - np.exp(-expected[:, None] * chance)).ravel().astype(np.float32),
    }
