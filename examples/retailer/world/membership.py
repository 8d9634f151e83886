"""The paid membership: joining, changing plan, leaving; and drifting away from the company.

Belongs here: the weekly hazard of leaving and the periods that it ends. Does not: orders, which
only see who is a member and who is gone.

A period is one plan over time. Its opening and its closing are two tables, joined when written, so
that a row is never changed after it was added.
"""

from __future__ import annotations

import numpy as np

from examples.retailer.world.effects import GAIN, LEAVING
from examples.retailer.world.state import World

#: Plan codes: basic monthly, plus monthly, plus annual.
BASIC, PLUS, ANNUAL = 0, 1, 2
LENGTH = np.array([30, 30, 365])
#: End reasons: gave notice, payment failed, ran out, switched plan.
NOTICE, UNPAID, EXPIRED, SWITCHED = range(4)


class Membership:
    """Who is a member, on which plan and since when."""

    def __init__(self, world: World) -> None:
        size = len(world.people["person"])
        self.plan = np.zeros(size, dtype=np.int64)
        self.start = np.zeros(size, dtype=np.int64)
        self.since = np.zeros(size, dtype=np.int64)
        self.subscription = np.full(size, -1, dtype=np.int64)
        self.driven_off = 0.0

    def weekly_hazard(self, world: World, ahead: int = 0) -> np.ndarray:
        """Hazard of leaving in the current week, for everybody who has come; 0 for no member.

        `ahead` weeks on it is that of who feels as today by then. An annual plan can only be left
        in the month before it is renewed.
        """
        n, h = world.n, world.scenario.hazard
        offered = world.offer_until[:n] >= world.week
        years = np.maximum(world.monday - self.since[:n], 0) / 365.25
        terms = (
            h.satisfaction * world.satisfaction[:n]
            + h.engagement * world.engagement[:n]
            + h.tenure * np.log1p(years)
            + world.upset[:n] / h.shape
            + np.where(offered, LEAVING * world.offer_acts[:n] / GAIN, 0.0) / h.shape
        )
        hazard = np.minimum(h.weekly * np.exp(h.shape * terms), 0.5)
        annual = self.plan[:n] == ANNUAL
        due = (world.monday + 7 * ahead - self.start[:n]) % 365 >= 330
        hazard = np.where(annual, np.where(due, np.minimum(5 * hazard, 0.6), 0), hazard)
        return np.where(world.period[:n] >= 0, hazard, 0.0)

    def step(self, world: World) -> None:
        """Let members leave or switch, others join, and some customers drift away."""
        rng = world.rng("membership")
        n = world.n
        chance = rng.random((5, n))
        day = np.maximum(world.monday + rng.integers(0, 7, n), world.of("registered_day"))
        hazard = self.weekly_hazard(world)
        leaving = chance[0] < hazard
        # Of those who leave, how many the outage drives off, on average.
        self.driven_off += float((hazard * -np.expm1(-world.upset[:n])).sum())
        unpaid = leaving & (chance[1] < 0.15)
        reason = np.where(unpaid, UNPAID, np.where(self.plan[:n] == ANNUAL, EXPIRED, NOTICE))
        who = np.flatnonzero(leaving)
        self._close(world, who, day[who], reason[who])
        world.is_gone[:n] |= leaving & (chance[1] > 0.4)
        self._switch(world, np.flatnonzero(~leaving & (chance[2] < 0.0014)), day)
        self._join(world, chance[3], chance[4], day)
        mood = -0.6 * world.satisfaction[:n] - 0.6 * world.engagement[:n]
        drift = (world.period[:n] < 0) & (rng.random(n) < 0.0035 * np.exp(mood))
        world.is_gone[:n] |= drift
        world.is_gone[:n] &= ~(rng.random(n) < 0.002)  # some come back

    def _join(self, world: World, chance: np.ndarray, kind: np.ndarray, day: np.ndarray) -> None:
        n, share = world.n, world.scenario.rates.member
        outside = world.of("in_loyalty") & (world.period[:n] < 0) & ~world.is_gone[:n]
        if world.week == 0:
            new = outside & (chance < share)
            old = rng_days(world, n)
            day = np.maximum(world.of("registered_day"), world.plan.first_day - old)
        else:
            rate = 0.012 * share * np.exp(0.5 * world.engagement[:n])
            fresh = (world.of("registered_day") >= world.monday) & (chance < 0.8 * share)
            new = outside & (fresh | (chance < rate))
        who = np.flatnonzero(new)
        plan = np.where(kind[who] < 0.45, BASIC, np.where(kind[who] < 0.72, PLUS, ANNUAL))
        self.subscription[who] = world.tables.add("subscription", {"person": who})
        self.since[who] = day[who]
        self._open(world, who, day[who], plan)

    def _switch(self, world: World, candidates: np.ndarray, day: np.ndarray) -> None:
        who = candidates[(world.period[candidates] >= 0) & (self.plan[candidates] != ANNUAL)]
        who = who[day[who] > self.start[who]]
        self._close(world, who, day[who], np.full(len(who), SWITCHED))
        self._open(world, who, day[who], 1 - self.plan[who])

    def _open(self, world: World, who: np.ndarray, day: np.ndarray, plan: np.ndarray) -> None:
        self.plan[who], self.start[who] = plan, day
        rows = {
            "person": who,
            "subscription": self.subscription[who],
            "plan": plan,
            "start_day": day,
        }
        world.period[who] = world.tables.add("period", rows)

    def _close(self, world: World, who: np.ndarray, day: np.ndarray, reason: np.ndarray) -> None:
        day = np.maximum(day, self.start[who])
        world.tables.add(
            "period_end", {"period": world.period[who], "end_day": day, "reason": reason}
        )
        world.period[who] = -1


def rng_days(world: World, n: int) -> np.ndarray:
    """Draw for how many days the members of the first hour have been so already."""
    return np.minimum(world.rng("tenure").gamma(1.1, 420, n), 1800).astype(np.int64) + 1
