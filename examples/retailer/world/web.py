"""Visits of the web shop and the app, event by event; anonymous visitors and bots among them.

Belongs here: a week's sessions, those that end in the week's orders too, and their events. Does
not: what is bought (orders.py), or how a line of the log looks.
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY, of_countries
from examples.retailer.streams import pick
from examples.retailer.world.lines import draw_category, draw_product
from examples.retailer.world.orders import STORE, WEB
from examples.retailer.world.state import Rows, World

PAGE, SEARCH, PRODUCT, CART, ABANDON, CHECKOUT, LOGIN, OPEN, SCREEN, HELP, VIDEO = range(11)
VIDEOS, ARTICLES = 36, 24


def step(world: World, orders: Rows) -> None:
    """Draw the week's sessions and their events."""
    rng = world.rng("web")
    parts = [_buying(rng, orders), *_browsing(world, rng)]
    sessions = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    order = np.lexsort((sessions["visitor"], sessions["person"], sessions["t"]))
    sessions = {k: v[order] for k, v in sessions.items()}
    _events(world, rng, sessions)
    kept = ("person", "visitor", "is_app", "is_bot", "is_logged_in", "order_no", "t")
    world.tables.add("session", {k: sessions[k] for k in kept})


def _buying(rng: np.random.Generator, orders: Rows) -> Rows:
    of = np.flatnonzero(orders["channel"] != STORE)
    size = len(of)
    length = 4 + rng.poisson(0.5, size)
    return {
        "person": orders["person"][of],
        "visitor": np.full(size, -1),
        "is_app": orders["channel"][of] != WEB,
        "is_bot": np.zeros(size, dtype=bool),
        "is_logged_in": ~orders["is_guest"][of],
        "order_no": orders["no"][of],
        "category": orders["category"][of],
        "length": length,
        "has_cart": np.ones(size, dtype=bool),
        "t": orders["t"][of] - 40 * length,
    }


def _browsing(world: World, rng: np.random.Generator) -> list[Rows]:
    n, rates = world.n, world.scenario.rates
    # Members come for their prices: their visits tell most about how engaged they still are.
    mood = 1.5 * world.engagement[:n] + np.where(world.period[:n] >= 0, 1.9, 0.0)
    rate = world.of("session_rate") * np.exp(mood) * np.where(world.is_gone[:n], 0.12, 1.0)
    known = np.repeat(np.arange(n), rng.poisson(np.minimum(rate, 5.0)))
    strangers = 1 + rng.poisson(rates.anonymous_sessions * max(len(known), 1))
    bots = 1 + rng.poisson(world.scenario.corruption.share("bots") * len(known))
    parts = []
    for kind, person in ((0, known), (1, np.full(strangers, -1)), (2, np.full(bots, -1))):
        size = len(person)
        who = np.maximum(person, 0)
        day = world.monday + rng.integers(0, 7, size)
        day = np.maximum(day, world.people["registered_day"][who])
        country = (
            world.people["country"][who]
            if kind == 0
            else pick(rng, list(of_countries("share")), size)
        )
        taste = world.people["taste"][who]
        app = world.people["has_app"][who] & (rng.random(size) < 0.5) & (kind == 0)
        # Members sign in: else they would not see their prices.
        signs_in = np.where(world.period[who] >= 0, 0.75, 0.4)
        account = world.people["in_shop"][who] & (rng.random(size) < signs_in) & (kind == 0)
        parts.append(
            {
                "person": person,
                "visitor": rng.integers(0, 2**40, size) if kind else np.full(size, -1),
                "is_app": app,
                "is_bot": np.full(size, kind == 2),
                "is_logged_in": account,
                "order_no": np.full(size, -1),
                "category": draw_category(rng, taste),
                "length": (12 + rng.poisson(10, size))
                if kind == 2
                else 1 + rng.geometric(0.65, size),
                "has_cart": (rng.random(size) < 0.22) & (kind < 2),
                # Crawlers never sleep.
                "t": day * DAY + rng.integers(0, DAY, size)
                if kind == 2
                else world.when(country, day, rng, peak=18.0),
            }
        )
    return parts


def _events(world: World, rng: np.random.Generator, sessions: Rows) -> None:
    """Spell sessions out: an entry, perhaps a login, looking around, a cart, a checkout."""
    length = np.minimum(sessions["length"], 40)
    of = np.repeat(np.arange(len(length)), length)
    place = np.arange(len(of)) - np.repeat(np.cumsum(length) - length, length)
    from_end = length[of] - 1 - place
    app, bot = sessions["is_app"][of], sessions["is_bot"][of]
    kinds = np.array([PAGE, SEARCH, PRODUCT, HELP, VIDEO])
    kind = kinds[pick(rng, [0.17, 0.18, 0.57, 0.03, 0.05], len(of))]
    kind = np.where(bot, np.where(rng.random(len(of)) < 0.7, PRODUCT, PAGE), kind)
    kind = np.where(app & (kind == PAGE), SCREEN, kind)
    bought = sessions["order_no"][of] >= 0
    cart = sessions["has_cart"][of] & (length[of] >= 3)
    kind = np.where(cart & (from_end == 1), CART, kind)
    kind = np.where(cart & (from_end == 0), np.where(bought, CHECKOUT, ABANDON), kind)
    kind = np.where((place == 1) & sessions["is_logged_in"][of] & (from_end > 1), LOGIN, kind)
    kind = np.where(place == 0, np.where(app, OPEN, PAGE), kind)
    product = draw_product(rng, sessions["category"][of])
    gap = np.where(bought, 40, np.where(bot, 2, 15 + rng.integers(0, 70, len(of))))
    elapsed = np.cumsum(gap) - np.repeat((np.cumsum(gap))[np.cumsum(length) - length], length)
    seen = np.isin(kind, (PRODUCT, CART))
    content = np.where(kind == VIDEO, rng.integers(0, VIDEOS, len(of)), -1)
    content = np.where(kind == HELP, rng.integers(0, ARTICLES, len(of)), content)
    number = world.tables.upcoming("session", len(length))
    world.tables.add(
        "event",
        {
            "session": number[of],
            "place": place,
            "kind": kind,
            "product": np.where(seen, product, -1),
            "category": np.where(kind == SEARCH, sessions["category"][of], -1),
            "content": content,
            "t": sessions["t"][of] + elapsed,
            "noise": rng.random(len(of)),
        },
    )
