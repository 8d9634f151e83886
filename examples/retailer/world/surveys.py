"""Who is asked what, who answers, and which number they give.

Belongs here: invitations with their end, and answers as numbers; the score that each asked person
would have given is kept for the truth, answered or not. Does not: comments as text, or files.

Three programmes: NPS each quarter (relationship, 0-10, with four attributes 1-5), CSAT after a
purchase (1-5), CES 2.0 after a service contact (1-7).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY
from examples.retailer.plan import as_date, day_number
from examples.retailer.streams import pick
from examples.retailer.world.answers import rounded, share_at_least
from examples.retailer.world.service import ABANDONED, RESOLVED
from examples.retailer.world.state import Rows, World

NPS, CSAT, CES = 0, 1, 2
COMPLETE, PARTIAL, BREAK_OFF, REFUSED, OPTED_OUT, NO_RESPONSE, BOUNCED, NOT_DELIVERED = range(8)
#: Days after which an invitation that was not answered is closed.
CLOSES_AFTER = 14
TOPICS = 6


def wave_day(year: int, quarter: int) -> int:
    """Day number on which a quarter's survey begins: the ninth of its last month."""
    return day_number(as_date(0).replace(year=year, month=3 * quarter, day=9))


def step(world: World, orders: Rows, contacts: Rows) -> None:
    """Ask the week's people; both tables hold what the programmes need."""
    rng = world.rng("surveys")
    _relationship(world, rng)
    _after_purchase(world, rng, orders)
    _after_service(world, rng, contacts)


def _relationship(world: World, rng: np.random.Generator) -> None:
    for offset in range(7):
        day = as_date(world.monday + offset)
        quarter = (day.month - 1) // 3 + 1
        if day.month % 3 or world.monday + offset != wave_day(day.year, quarter):
            continue
        n = world.n
        known = world.of("in_crm") & (world.of("registered_day") < world.monday - 14)
        who = np.flatnonzero(known & (~world.is_gone[:n] | (rng.random(n) < 0.4)))
        who = who[rng.random(len(who)) < 0.72]
        # Sent over five days, so that no day's mails stand out in the mail server's limits.
        late = rng.integers(0, 5, len(who))
        t = (world.monday + offset + late) * DAY + 8 * 3600 + rng.integers(0, 1800, len(who))
        answers = _nps_answers(world, rng, who)
        asked = {"person": who, "t": t, "ref": np.full(len(who), -1), "topic": answers.pop("topic")}
        wave = np.full(len(who), day.year * 10 + quarter)
        share = world.scenario.answers.relationship
        _ask(world, rng, NPS, {**asked, "wave": wave}, answers, share)


def _nps_answers(world: World, rng: np.random.Generator, who: np.ndarray) -> Rows:
    """0-10 answers, heaped as people do it, and four attributes on 1-5."""
    feeling = world.satisfaction[who]
    country = np.array([-0.35, 0.0, 0.45])[world.people["country"][who]]
    mean, noise = 7.8 + 1.5 * feeling + country, world.scenario.answers.noise
    score = rounded(mean + rng.normal(0, noise, len(who)), 0, 10)
    # Heaping moves nobody between promoters, passives and detractors.
    expected = share_at_least(mean, noise, 9) - 1 + share_at_least(mean, noise, 7)
    heaps = world.people["heaping"][who]
    heaped = np.where(score >= 9, 10, np.where(score >= 7, 8, np.where(score >= 4, 5, score)))
    score = np.where(heaps < 0.2, heaped, score)
    weights = ([0.8, 0.0], [0.35, 0.4], [0.55, 0.0], [0.4, -0.3])
    attributes = {}
    for index, (own, leaning) in enumerate(weights):
        lean = leaning * (world.people["leaning"][who] - 0.5) * 3
        value = 3.6 + own * feeling + lean + rng.normal(0, 0.75, len(who))
        attributes[f"a{index}"] = rounded(value, 1, 5)
    topic = pick(rng, [1.0] * TOPICS, len(who))
    return {"score": score.astype(np.int64), "expected": expected, **attributes, "topic": topic}


def _after_purchase(world: World, rng: np.random.Generator, orders: Rows) -> None:
    online = orders["delivered_t"] > 0
    store = (orders["channel"] == 2) & orders["shows_card"]
    chance = rng.random(len(orders["t"]))
    mask = (orders["person"] >= 0) & ((online & (chance < 0.55)) | (store & (chance < 0.35)))
    who, size = orders["person"][mask], int(mask.sum())
    ready = np.where(online, orders["delivered_t"], orders["t"])[mask]
    late = orders["is_late"][mask]
    mean = 4.05 + 0.5 * world.satisfaction[who] - 1.25 * late
    score = rounded(mean + rng.normal(0, 0.75, size), 1, 5)
    topic = np.where(late, 0, pick(rng, [1, 0.3, 1, 1, 1, 0.7], size))
    asked = {"person": who, "t": ready + 2 * DAY, "ref": orders["no"][mask], "topic": topic}
    answers = _plain(score, share_at_least(mean, 0.75, 4))
    asked["wave"] = np.zeros(size, dtype=np.int64)
    _ask(world, rng, CSAT, asked, answers, world.scenario.answers.transactional)


def _after_service(world: World, rng: np.random.Generator, contacts: Rows) -> None:
    handled = (contacts["outcome"] != ABANDONED) & (contacts["kind"] != 4)
    mask = handled & (contacts["person"] >= 0) & (rng.random(len(contacts["t"])) < 0.8)
    who, size = contacts["person"][mask], int(mask.sum())
    solved = contacts["outcome"][mask] == RESOLVED
    waited = np.maximum(contacts["wait"][mask], 0) / 300
    mean = 5.6 + 0.5 * world.satisfaction[who] - 2.0 * ~solved - 0.4 * waited
    score = rounded(mean + rng.normal(0, 1.1, size), 1, 7)
    asked = {
        "person": who,
        "t": contacts["t"][mask] + 4 * 3600,
        "ref": contacts["no"][mask],
        "topic": np.ones(size, dtype=np.int64),
        "wave": np.zeros(size, dtype=np.int64),
    }
    answers = _plain(score, share_at_least(mean, 1.1, 5))
    _ask(world, rng, CES, asked, answers, world.scenario.answers.transactional)


def _plain(score: np.ndarray, expected: np.ndarray) -> Rows:
    blank = np.zeros(len(score), dtype=np.int64)
    return {
        "score": score,
        "expected": expected,
        "a0": blank,
        "a1": blank,
        "a2": blank,
        "a3": blank,
    }


def _ask(
    world: World,
    rng: np.random.Generator,
    survey: int,
    asked: Rows,
    answers: Rows,
    share: float,
) -> None:
    """Draw what becomes of invitations: answering depends on how people feel."""
    size = len(asked["person"])
    who = asked["person"]
    share = min(max(share, 1e-6), 1 - 1e-6)
    odds = np.log(share / (1 - share)) + 0.35 * world.people["answering"][who]
    odds += world.scenario.answers.by_satisfaction * world.satisfaction[who]
    odds += 0.25 * world.engagement[who]
    chance = 1 / (1 + np.exp(-odds))
    answering = rng.random(size) < chance
    answered = np.array([COMPLETE, PARTIAL, BREAK_OFF])[pick(rng, [0.91, 0.05, 0.04], size)]
    silent = pick(rng, [0.02, 0.015, 0.90, 0.045, 0.02], size) + REFUSED
    end = np.where(answering, answered, silent)
    lag = np.minimum(rng.exponential(1.6 * DAY, size), 13 * DAY).astype(np.int64) + 300
    reached = end <= NO_RESPONSE
    opened = reached & (answering | (rng.random(size) < 0.35))
    done = asked["t"] + lag
    extreme = np.abs(answers["score"] - answers["score"].mean()) if size else answers["score"]
    comments = rng.random(size) < world.scenario.answers.comment * (0.8 + 0.1 * extreme)
    world.tables.add(
        "ask",
        {
            **asked,
            **{**answers, "expected": answers["expected"].astype(np.float32)},
            "survey": np.full(size, survey),
            "chance": chance.astype(np.float32),
            "could_t": done,
            "end": end,
            "delivered_t": np.where(reached, asked["t"] + 20, -1),
            "opened_t": np.where(opened, done - 120, -1),
            "started_t": np.where(end <= BREAK_OFF, done - 90, -1),
            "answered_t": np.where(end <= PARTIAL, done, -1),
            "closed_t": np.where(end <= OPTED_OUT, done, asked["t"] + CLOSES_AFTER * DAY),
            "has_comment": comments & (end == COMPLETE),
            "words": rng.integers(0, 2**20, size),
        },
    )
