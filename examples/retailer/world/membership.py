"""The paid membership: joining, changing plan, leaving; and drifting away from the company.

Belongs here: the weekly hazard of leaving, notices and declined payments, and the periods that
they end. Does not: orders, which only see who is a member and who is gone.

Who makes up their mind switches the renewal off: the plan then runs until it is next due. Some end
it at once, and of some the payment is declined: theirs ends when the reminders have.

A period is one plan over time. Its opening and its closing are two tables, joined when written, so
that a row is never changed after it was added.
"""

from __future__ import annotations

import numpy as np

from examples.retailer.world.effects import GAIN, LEAVING
from examples.retailer.world.outage import LASTS
from examples.retailer.world.people import SHOP_SHARE
from examples.retailer.world.state import World

#: Plan codes: basic monthly, plus monthly, plus annual.
BASIC, PLUS, ANNUAL = 0, 1, 2
LENGTH = np.array([30, 30, 365])
#: End reasons: gave notice, payment failed, ran out, switched plan.
NOTICE, UNPAID, EXPIRED, SWITCHED = range(4)
#: What may happen to the leave to renew: given, withdrawn, declined by the bank.
ON, OFF, DECLINED = range(3)
#: Of those who go, the share whose payment is declined, and for how many days they are reminded.
DECLINE_SHARE, GRACE = 0.15, 10
#: Of the others on a monthly plan, the share that ends it there and then.
AT_ONCE = 0.25


class Membership:
    """Who is a member, on which plan and since when."""

    def __init__(self, world: World) -> None:
        size = len(world.people["person"])
        self.plan = np.zeros(size, dtype=np.int64)
        self.start = np.zeros(size, dtype=np.int64)
        self.since = np.zeros(size, dtype=np.int64)
        self.subscription = np.full(size, -1, dtype=np.int64)
        self.runs_out = np.full(size, -1, dtype=np.int64)
        self.reason = np.zeros(size, dtype=np.int64)
        self.driven_off = 0.0

    def weekly_hazard(self, world: World, ahead: int = 0) -> np.ndarray:
        """Hazard to decide to leave in the current week, for everybody who has come.

        0 for who is no member or has decided. `ahead` weeks on it is that of who feels as today by
        then, but for what passes by itself: an offer, and being upset about the outage. An annual
        plan can only be left in the month before it is renewed.
        """
        n, h = world.n, world.scenario.hazard
        offered = world.offer_until[:n] >= world.week + ahead
        years = np.maximum(world.monday - self.since[:n], 0) / 365.25
        terms = (
            h.satisfaction * world.satisfaction[:n]
            + h.engagement * world.engagement[:n]
            + h.tenure * np.log1p(years)
            + world.upset[:n] * LASTS**ahead / h.shape
            + np.where(offered, LEAVING * world.offer_acts[:n] / GAIN, 0.0) / h.shape
        )
        hazard = np.minimum(h.weekly * np.exp(h.shape * terms), 0.5)
        annual = self.plan[:n] == ANNUAL
        due = (world.monday + 7 * ahead - self.start[:n]) % 365 >= 330
        hazard = np.where(annual, np.where(due, np.minimum(5 * hazard, 0.6), 0), hazard)
        is_open = (world.period[:n] >= 0) & (self.runs_out[:n] < 0)
        return np.where(is_open, hazard, 0.0)

    def over_by(self, world: World, ahead: int, day: int) -> np.ndarray:
        """Share of those who decide in a week, `ahead` weeks on, whose plan is over by a day."""
        monday = world.monday + 7 * ahead
        decides = monday + np.arange(7)[:, None]
        ran_out = (self._paid_until(np.arange(world.n), decides, monday) <= day).mean(axis=0)
        at_once = np.where(self.plan[: world.n] == ANNUAL, 0.0, AT_ONCE)
        ended = at_once * (decides <= day).mean() + (1 - at_once) * ran_out
        return DECLINE_SHARE * (decides + GRACE <= day).mean() + (1 - DECLINE_SHARE) * ended

    def _paid_until(self, who: np.ndarray, day: np.ndarray, monday: int) -> np.ndarray:
        """Day on which plans are next due after a day of the week.

        Of a year it is the one after the week's first day: that is when it could be left.
        """
        length = LENGTH[self.plan[who]]
        since = np.where(self.plan[who] == ANNUAL, monday, day) - self.start[who]
        return self.start[who] + length * (np.maximum(since, 0) // length + 1)

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
        self._decide(world, np.flatnonzero(leaving), day, chance[1])
        self._run_out(world)
        world.is_gone[:n] |= leaving & (chance[1] > 0.4)
        self._switch(world, np.flatnonzero(~leaving & (chance[2] < 0.0014)), day)
        self._join(world, chance[3], chance[4], day)
        mood = -0.6 * world.satisfaction[:n] - 0.6 * world.engagement[:n]
        drift = (world.period[:n] < 0) & (rng.random(n) < 0.0035 * np.exp(mood))
        world.is_gone[:n] |= drift
        world.is_gone[:n] &= ~(rng.random(n) < 0.002)  # some come back

    def _join(self, world: World, chance: np.ndarray, kind: np.ndarray, day: np.ndarray) -> None:
        # A membership is held in the shop's account: the share is that of all who have a card.
        n, share = world.n, min(world.scenario.rates.member / SHOP_SHARE, 1.0)
        outside = (
            world.of("in_loyalty")
            & world.of("in_shop")
            & (world.period[:n] < 0)
            & ~world.is_gone[:n]
        )
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
        self._renews(world, who, day[who], np.full(len(who), ON))
        self._open(world, who, day[who], plan)

    def _decide(self, world: World, who: np.ndarray, day: np.ndarray, chance: np.ndarray) -> None:
        """Note when the plans of those who leave will be over, and why."""
        declined, annual = chance[who] < DECLINE_SHARE, self.plan[who] == ANNUAL
        # The same number tells who drifts away: the share is taken from its upper end.
        at_once = ~annual & (chance[who] > 1 - (1 - DECLINE_SHARE) * AT_ONCE)
        due = np.where(at_once, day[who], self._paid_until(who, day[who], world.monday))
        self.runs_out[who] = np.where(declined, day[who] + GRACE, due)
        self.reason[who] = np.where(declined, UNPAID, np.where(annual, EXPIRED, NOTICE))
        told = np.where(at_once, day[who], np.minimum(day[who], self.runs_out[who] - 1))
        self._renews(world, who, told, np.where(declined, DECLINED, OFF))

    def _run_out(self, world: World) -> None:
        """End the plans whose last day lies in the current week."""
        who = np.flatnonzero((self.runs_out >= 0) & (self.runs_out < world.monday + 7))
        self._close(world, who, self.runs_out[who], self.reason[who])
        self.runs_out[who] = -1

    def _renews(self, world: World, who: np.ndarray, day: np.ndarray, status: np.ndarray) -> None:
        """Note what becomes of the leave to renew memberships."""
        rng = world.rng("renewal", len(who))
        t = world.when(world.people["country"][who], day, rng)
        world.tables.add("renewal", {"person": who, "status": status, "t": t})

    def _switch(self, world: World, candidates: np.ndarray, day: np.ndarray) -> None:
        who = candidates[(world.period[candidates] >= 0) & (self.plan[candidates] != ANNUAL)]
        who = who[(day[who] > self.start[who]) & (self.runs_out[who] < 0)]
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
