"""What people say in public: posts that name the company, its replies, reviews with stars.

Belongs here: a week's posts and reviews as numbers, those that are changed or taken down too. Does
not: their words (raw/), or answers to surveys (surveys.py).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY
from examples.retailer.world.orders import STORE
from examples.retailer.world.state import Rows, World

TOPICS = 6


def step(world: World, orders: Rows) -> None:
    """Draw the week's posts with replies, and the reviews of its orders."""
    rng = world.rng("social")
    _posts(world, rng)
    _reviews(world, rng, orders)


def _posts(world: World, rng: np.random.Generator) -> None:
    """People post where they feel strongly; the company replies to most complaints."""
    n, feeling = world.n, world.satisfaction[: world.n]
    come = world.of("registered_day") < world.monday
    person = np.flatnonzero(come & (rng.random(n) < 0.0009 * np.exp(0.7 * np.abs(feeling))))
    size = len(person)
    is_pleased = feeling[person] + rng.normal(0, 0.7, size) > 0
    day = world.monday + rng.integers(0, 7, size)
    t = world.when(world.people["country"][person], day, rng, peak=19.0)
    replied = rng.random(size) < np.where(is_pleased, 0.25, 0.75)
    gone = rng.random(size) < 0.05
    world.tables.add(
        "post",
        {
            "person": person,
            "topic": rng.integers(0, TOPICS, size),
            "is_pleased": is_pleased,
            "words": rng.integers(0, 2**20, size),
            "t": t,
            "reply_t": np.where(replied, t + rng.integers(1200, 20 * 3600, size), -1),
            "gone_t": np.where(gone, t + rng.integers(DAY, 9 * DAY, size), -1),
        },
    )


def _reviews(world: World, rng: np.random.Generator, orders: Rows) -> None:
    """Stars for what was bought: some are changed later, some are taken down."""
    had = (orders["delivered_t"] > 0) | (orders["channel"] == STORE)
    of = np.flatnonzero(had & (orders["person"] >= 0) & (rng.random(len(had)) < 0.07))
    person, size = orders["person"][of], len(of)
    value = 4.0 + 0.5 * world.satisfaction[person] - 1.25 * orders["is_late"][of]
    stars = np.clip(np.floor(value + rng.normal(0, 0.9, size) + 0.5), 1, 5).astype(np.int64)
    got = np.where(orders["delivered_t"] > 0, orders["delivered_t"], orders["t"])[of]
    t = got + rng.integers(DAY, 20 * DAY, size)
    changed = rng.random(size) < 0.05
    removed = ~changed & (rng.random(size) < 0.05)
    later = t + rng.integers(DAY, 12 * DAY, size)
    world.tables.add(
        "review",
        {
            "person": person,
            "order_no": orders["no"][of],
            "stars": stars,
            # Second thoughts are about a star kinder.
            "new_stars": np.minimum(stars + rng.integers(1, 3, size), 5),
            "topic": rng.integers(0, TOPICS, size),
            "words": rng.integers(0, 2**20, size),
            "t": t,
            "changed_t": np.where(changed, later, -1),
            "removed_t": np.where(removed, later, -1),
        },
    )
