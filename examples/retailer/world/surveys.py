"""Who is asked what, who answers, and which number they give.

Belongs here: invitations with their end, and answers as numbers; the score that each asked person
would have given is kept for the truth, answered or not. Does not: how a feeling becomes a number
(answers.py), comments as text, or files.

Three programmes: NPS each quarter (relationship, 0-10, with four attributes 1-5), CSAT after a
purchase (1-5), and effort after a service contact: the vendor's scale was 1-5 until SERIES_BREAK,
since then it is CES 2.0 on 1-7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from examples.retailer.places import DAY
from examples.retailer.plan import as_date, day_number
from examples.retailer.streams import pick
from examples.retailer.world import answers
from examples.retailer.world.service import ABANDONED, RESOLVED
from examples.retailer.world.state import Rows, World
from examples.retailer.world.traits import normal

NPS, CSAT, CES = 0, 1, 2
COMPLETE, PARTIAL, BREAK_OFF, REFUSED, OPTED_OUT, NO_RESPONSE, BOUNCED, NOT_DELIVERED = range(8)
EMAIL, SMS = 0, 1
#: Days after which an invitation that was not answered is closed.
CLOSES_AFTER = 14
TOPICS = 6
#: Share of the base history after which the service survey's scale changes.
SERIES_BREAK = 0.3
#: Noise of answers on 1-5 and on 1-7, points.
NOISE_5, NOISE_7 = 0.8, 1.1
ELEVEN, FIVE, SEVEN = np.arange(11), np.arange(1, 6), np.arange(1, 8)
#: Attributes of the quarterly survey: range, value, service, delivery. How far satisfaction moves
#: what people think of each, and what each point of that adds to their recommendation.
ATTRIBUTES = ("range", "value", "service", "delivery")
LOADING = (0.50, 0.35, 0.55, 0.50)
WEIGHT = (0.15, 0.50, 0.95, 0.60)
#: What satisfaction adds to the recommendation besides; and the kindness of a person, which nothing
#: observes: to each attribute, and to the recommendation.
DIRECT, KINDNESS, KIND_TO_ALL = 0.40, 0.25, 0.45


def wave_day(year: int, quarter: int) -> int:
    """Day number on which a quarter's survey begins: the ninth of its last month."""
    return day_number(as_date(0).replace(year=year, month=3 * quarter, day=9))


def break_day(world: World) -> int:
    """Day from which the service survey is on 1-7."""
    span = world.plan.anchor.toordinal() - world.plan.first.toordinal()
    return world.plan.first_day + int(SERIES_BREAK * span)


@dataclass(frozen=True)
class Asked:
    """People asked one question: what they think on the scale, and the columns kept of them."""

    survey: int
    points: np.ndarray
    mean: np.ndarray
    noise: float
    rows: Rows


class Surveys:
    """The three programmes, and how often each person was asked lately."""

    def __init__(self, world: World) -> None:
        self.recent = np.zeros(len(world.people["person"]))

    def step(self, world: World, orders: Rows, contacts: Rows) -> None:
        """Ask the week's people; both tables hold what the programmes need."""
        rng = world.rng("surveys")
        for asked in (
            *_relationship(world, rng),
            _after_purchase(world, rng, orders),
            *_after_service(world, rng, contacts),
        ):
            self._ask(world, rng, asked)
        self.recent *= 0.93

    def _ask(self, world: World, rng: np.random.Generator, asked: Asked) -> None:
        """Draw scores, and what becomes of invitations: answering depends on score and mood."""
        who, wish = asked.rows["person"], world.scenario.answers
        size = len(who)
        lag = np.minimum(rng.exponential(1.6 * DAY, size), 13 * DAY).astype(np.int64) + 300
        mean = asked.mean + np.where(asked.rows["mode"] == SMS, wish.sms * asked.noise, 0.0)
        mean += wish.lag * asked.noise * lag / DAY
        pmf = answers.chances(mean, asked.noise, asked.points)
        pmf = answers.styled(
            pmf, asked.points, world.people["country"][who], world.people["heaping"][who]
        )
        score = answers.drawn(pmf, asked.points, rng.random(size))
        by_score = answers.answering(
            self._odds(world, asked, who),
            answers.lean(asked.points, wish.by_score, wish.by_extreme),
        )
        chance = (pmf * by_score).sum(axis=1)
        expected = (pmf * by_score) @ answers.worth(asked.survey, asked.points) / chance
        answering = rng.random(size) < by_score[np.arange(size), score - asked.points[0]]
        np.add.at(self.recent, who, 1.0)
        extreme = np.abs(score - score.mean()) if size else score
        comments = rng.random(size) < wish.comment * (0.8 + 0.1 * extreme)
        known = {
            "survey": np.full(size, asked.survey),
            "scale": np.full(size, asked.points[-1]),
            "score": score,
            "chance": chance.astype(np.float32),
            "expected": expected.astype(np.float32),
        }
        world.tables.add(
            "ask", {**asked.rows, **known, **_ended(rng, asked, answering, lag, comments)}
        )

    def _odds(self, world: World, asked: Asked, who: np.ndarray) -> np.ndarray:
        wish = world.scenario.answers
        share = wish.relationship if asked.survey == NPS else wish.transactional
        share = min(max(share, 1e-6), 1 - 1e-6)
        odds = np.log(share / (1 - share)) + 0.35 * world.people["answering"][who]
        odds += wish.by_satisfaction * world.satisfaction[who]
        # Every ask of the last months tires; an average customer has had about one.
        return odds + 0.25 * world.engagement[who] + wish.fatigue * (self.recent[who] - 1)


def _ended(
    rng: np.random.Generator,
    asked: Asked,
    answering: np.ndarray,
    lag: np.ndarray,
    comments: np.ndarray,
) -> Rows:
    """What becomes of invitations, and when."""
    size, t = len(lag), asked.rows["t"]
    answered = np.array([COMPLETE, PARTIAL, BREAK_OFF])[pick(rng, [0.91, 0.05, 0.04], size)]
    silent = pick(rng, [0.02, 0.015, 0.90, 0.045, 0.02], size) + REFUSED
    end = np.where(answering, answered, silent)
    reached = end <= NO_RESPONSE
    opened = reached & (answering | (rng.random(size) < 0.35))
    done = t + lag
    return {
        "could_t": done,
        "end": end,
        "delivered_t": np.where(reached, t + 20, -1),
        "opened_t": np.where(opened, done - 120, -1),
        "started_t": np.where(end <= BREAK_OFF, done - 90, -1),
        "answered_t": np.where(end <= PARTIAL, done, -1),
        "closed_t": np.where(end <= OPTED_OUT, done, t + CLOSES_AFTER * DAY),
        "has_comment": comments & (end == COMPLETE),
        "words": rng.integers(0, 2**20, size),
    }


def _relationship(world: World, rng: np.random.Generator) -> list[Asked]:
    found = []
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
        mean, attributes = _opinion(world, rng, who)
        rows = {
            **_columns(who, t, np.full(len(who), -1), pick(rng, [1.0] * TOPICS, len(who))),
            **attributes,
            "wave": np.full(len(who), day.year * 10 + quarter),
        }
        found.append(Asked(NPS, ELEVEN, mean, world.scenario.answers.noise, rows))
    return found


def _opinion(world: World, rng: np.random.Generator, who: np.ndarray) -> tuple[np.ndarray, Rows]:
    """What people think of four attributes (and say, on 1-5), and how they would recommend."""
    feeling, seed = world.satisfaction[who], world.plan.seed
    number = world.numbered(who)
    kind = normal(seed, "kindness", number)
    mean = 8.0 + DIRECT * feeling + KIND_TO_ALL * kind
    rows = {}
    for index, (loading, weight) in enumerate(zip(LOADING, WEIGHT, strict=True)):
        own = 0.6 * normal(seed, f"attribute{index}", number)
        thought = loading * feeling + KINDNESS * kind + own
        mean += weight * thought
        said = 3.6 + thought + rng.normal(0, 0.5, len(who))
        rows[f"a{index}"] = np.clip(np.floor(said + 0.5), 1, 5).astype(np.int64)
    return mean, rows


def _columns(who: np.ndarray, t: np.ndarray, ref: np.ndarray, topic: np.ndarray) -> Rows:
    blank = np.zeros(len(who), dtype=np.int64)
    attributes = {f"a{index}": blank for index in range(len(WEIGHT))}
    asked = {"person": who, "t": t, "ref": ref, "topic": topic, "wave": blank, "mode": blank}
    return asked | attributes


def _after_purchase(world: World, rng: np.random.Generator, orders: Rows) -> Asked:
    online = orders["delivered_t"] > 0
    store = (orders["channel"] == 2) & orders["shows_card"]
    chance = rng.random(len(orders["t"]))
    mask = (orders["person"] >= 0) & ((online & (chance < 0.55)) | (store & (chance < 0.35)))
    who, size = orders["person"][mask], int(mask.sum())
    ready = np.where(online, orders["delivered_t"], orders["t"])[mask]
    late = orders["is_late"][mask]
    mean = 4.05 + 0.5 * world.satisfaction[who] - 1.25 * late
    topic = np.where(late, 0, pick(rng, [1, 0.3, 1, 1, 1, 0.7], size))
    rows = _columns(who, ready + 2 * DAY, orders["no"][mask], topic)
    rows["mode"] = np.where(~online[mask] | (rng.random(size) < 0.12), SMS, EMAIL)
    return Asked(CSAT, FIVE, mean, NOISE_5, rows)


def _after_service(world: World, rng: np.random.Generator, contacts: Rows) -> list[Asked]:
    """Effort, on the old scale before the break and on the new one after it."""
    handled = (contacts["outcome"] != ABANDONED) & (contacts["kind"] != 4)
    mask = handled & (contacts["person"] >= 0) & (rng.random(len(contacts["t"])) < 0.8)
    old = contacts["t"] < break_day(world) * DAY
    found = []
    for points, noise, part in ((FIVE, NOISE_5, mask & old), (SEVEN, NOISE_7, mask & ~old)):
        who = contacts["person"][part]
        solved = contacts["outcome"][part] == RESOLVED
        waited = np.maximum(contacts["wait"][part], 0) / 300
        mean = 5.6 + 0.5 * world.satisfaction[who] - 2.0 * ~solved - 0.4 * waited
        mean = 1 + (mean - 1) * (points[-1] - 1) / 6
        topic = np.ones(len(who), dtype=np.int64)
        rows = _columns(who, contacts["t"][part] + 4 * 3600, contacts["no"][part], topic)
        found.append(Asked(CES, points, mean, noise, rows))
    return found
