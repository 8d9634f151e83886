"""What people buy, and what becomes of it: lines, delivery, cancellation, refunds.

Belongs here: a week's orders as tables of numbers, money in whole cents of the order's currency.
Does not: visits (web.py), contacts about orders (service.py), or text.
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY, of_countries
from examples.retailer.world import lines
from examples.retailer.world.incidents import action_day
from examples.retailer.world.opening import opening
from examples.retailer.world.state import Rows, World

WEB, APP, STORE = 0, 1, 2
#: Share of card holders' purchases in a store at which they show the card.
SHOWS_CARD = 0.8
WEEKDAY = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.3, 0.8])


def season(day: np.ndarray) -> np.ndarray:
    """Demand by day of the year: a peak before Christmas, a trough in the summer, Black Friday."""
    of_year = day % 365.25  # 1970-01-01 begins a year
    wave = 1 + 0.12 * np.cos(2 * np.pi * (of_year - 345) / 365.25)
    christmas = 0.55 * np.exp(-(((of_year - 345) / 14) ** 2))
    black_friday = 0.9 * np.exp(-(((of_year - 330) / 2.0) ** 2))
    return wave + christmas + black_friday


def step(world: World) -> Rows:
    """Draw the week's orders with lines, and let their outcomes be felt; returns the orders."""
    rng = world.rng("orders")
    orders = _placed(world, rng)
    orders.update(_fulfilled(world, rng, orders))
    known = orders["person"] >= 0
    orders["no"] = world.tables.upcoming("orders", len(known))
    world.tables.add("orders", {k: v for k, v in orders.items() if k != "no"})
    lines.add_lines(world, rng, orders)
    _felt(world, orders)
    _causes(world, rng, orders)
    return orders


def weekly_rate(world: World) -> np.ndarray:
    """Orders of the current week to expect of everybody who has come, seasons left out."""
    n = world.n
    mood = 0.70 * world.engagement[:n] + 0.20 * world.satisfaction[:n]
    mood += np.where(world.period[:n] >= 0, 0.45, 0.0)
    offered = world.offer_until[:n] >= world.week
    mood += np.where(offered, world.scenario.effects.offer * world.offer_acts[:n], 0.0)
    return world.of("order_rate") * np.exp(mood) * np.where(world.is_gone[:n], 0.05, 1)


def _placed(world: World, rng: np.random.Generator) -> Rows:
    n, people = world.n, world.people
    rate = weekly_rate(world) * season(np.array([world.monday + 3.0]))[0]
    person = np.repeat(np.arange(n), rng.poisson(np.minimum(rate, 3.0)))
    tests = rng.poisson(world.scenario.corruption.share("test_order") * len(person))
    person = np.concatenate([person, np.full(tests, -1)])
    size = len(person)
    who = np.maximum(person, 0)  # testers get somebody's traits; never an index from the end
    traits = ("country", "store_share", "has_app", "in_shop", "in_loyalty", "registered_day")
    trait = {k: people[k][who] for k in traits}
    weights = np.roll(WEEKDAY, -((world.monday + 3) % 7))  # 1970-01-01 was a Thursday
    day = world.monday + rng.choice(7, p=weights / weights.sum(), size=size)
    day = np.maximum(day, trait["registered_day"])
    in_store = (rng.random(size) < trait["store_share"]) & (person >= 0)
    by_app = trait["has_app"] & (rng.random(size) < 0.5)
    online = world.when(trait["country"], day, rng)
    t = np.where(in_store, _at_the_till(world, trait["country"], day), online)
    order = np.lexsort((person, t))
    placed = {
        "person": person,
        "t": t,
        "channel": np.where(in_store, STORE, np.where(by_app, APP, WEB)),
        "country": trait["country"],
        "is_guest": ~trait["in_shop"] | (rng.random(size) < world.scenario.rates.guest),
        "shows_card": trait["in_loyalty"] & (rng.random(size) < SHOWS_CARD) & (person >= 0),
        "store": rng.integers(0, 1_000_000, size),
        "noise": rng.random(size),
    }
    return {name: values[order] for name, values in placed.items()}


def _at_the_till(world: World, country: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Instants within opening hours; a visit on a closed day is made on the next open one.

    It is never moved to a day before: what a week brings forth must not lie before it.
    """
    hours = opening(world)
    day = hours.next_open(country, day)
    share = world.rng("till").beta(2.0, 1.8, len(day))
    return world.clocks.instant(country, day, hours.seconds(country, day, share))


def _fulfilled(world: World, rng: np.random.Generator, orders: Rows) -> Rows:
    size = len(orders["t"])
    online = orders["channel"] != STORE
    day = world.clocks.business_day(orders["t"])
    cancelled = online & (rng.random(size) < 0.03)
    cancelled_t = orders["t"] + rng.integers(1800, 2 * DAY, size)
    promised = day + rng.integers(3, 6, size)
    shipped_t = orders["t"] + rng.integers(DAY // 3, 2 * DAY, size)
    share = np.clip(world.scenario.rates.late_delivery, 1e-6, 1 - 1e-6)
    crowded = 0.8 * np.exp(-(((day % 365.25 - 350) / 12) ** 2))
    moved = (orders["country"] == 0) & (day >= action_day(world.plan))
    odds = np.log(share / (1 - share)) + crowded + of_countries("late_odds")[orders["country"]]
    odds += np.where(moved, world.scenario.effects.action, 0.0)
    late = online & ~cancelled & (rng.random(size) < 1 / (1 + np.exp(-odds)))
    lateness = 1 + rng.geometric(0.45, size)
    early = rng.integers(0, 2, size)
    arrives = np.where(late, promised + lateness, promised - early) * DAY
    delivered_t = np.maximum(arrives + rng.integers(7, 18, size) * 3600, shipped_t + 3 * 3600)
    refunded = ~cancelled & (
        rng.random(size) < world.scenario.rates.refund * np.where(late, 2.2, 0.9)
    )
    refund_t = np.where(online, delivered_t, orders["t"]) + rng.integers(2 * DAY, 16 * DAY, size)
    returned = refunded & online & (world.rng("returns").random(size) < 0.4)
    shipped = online & ~cancelled
    return {
        "promised_day": np.where(online, promised, -1),
        "shipped_t": np.where(shipped, shipped_t, -1),
        "delivered_t": np.where(shipped, delivered_t, -1),
        "is_undated": shipped & (rng.random(size) < 0.006),
        "cancelled_t": np.where(cancelled, cancelled_t, -1),
        "refund_t": np.where(refunded, refund_t, -1),
        # The goods are back the day before the money is.
        "returned_t": np.where(returned, refund_t - DAY, -1),
        "is_late": late & (world.clocks.business_day(delivered_t) > promised),
    }


def _felt(world: World, orders: Rows) -> None:
    effects = world.scenario.effects
    arrived = orders["delivered_t"] > 0
    amount = np.where(orders["is_late"], effects.late, effects.on_time)
    world.feel(orders["person"][arrived], orders["delivered_t"][arrived], amount[arrived])
    back = orders["refund_t"] > 0
    world.feel(orders["person"][back], orders["refund_t"][back], effects.refund)


def _causes(world: World, rng: np.random.Generator, orders: Rows) -> None:
    """Note who will get in touch about an order: a parcel that is late, a refund that is due."""
    size = len(orders["t"])
    known = orders["person"] >= 0
    late = orders["is_late"] & known & (rng.random(size) < 0.22)
    back = (orders["refund_t"] > 0) & known & (rng.random(size) < 0.15)
    about = orders["promised_day"] * DAY + rng.integers(28 * 3600, 72 * 3600, size)
    after = orders["refund_t"] + rng.integers(DAY, 6 * DAY, size)
    for mask, instant, reason in ((late, about, 1), (back, after, 2)):
        world.cause(orders["person"][mask], instant[mask], reason, orders["no"][mask])
