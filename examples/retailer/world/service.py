"""Contacts with service on every channel, their cases, and what they do to people's feelings.

Belongs here: a week's contacts (calls, chats, e-mails, forms, messages, bot chats) with seconds,
outcome and repeats, and the steps of the cases that they open. Does not: surveys about them.
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY, HOME
from examples.retailer.plan import Plan
from examples.retailer.streams import pick
from examples.retailer.world import agents
from examples.retailer.world.opening import opening
from examples.retailer.world.state import Rows, World

CALL, EMAIL, CHAT, FORM, BOT, MESSAGE = range(6)
#: Reasons: product question, late delivery, refund, technical problem, membership, complaint.
REASONS = ("product", "delivery_late", "refund", "technical", "membership", "complaint")
#: Outcomes: resolved, unresolved, transferred, abandoned.
RESOLVED, UNRESOLVED, TRANSFERRED, ABANDONED = range(4)
WEEKDAY = np.array([0.20, 0.18, 0.17, 0.16, 0.16, 0.08, 0.05])
OPENED, ASSIGNED, REPLY, PENDING, SOLVED, REOPENED, ESCALATED = range(7)


def n_agents(plan: Plan) -> int:
    """Agents of the service teams."""
    return max(8, plan.customers // 330)


def step(world: World) -> Rows:
    """Draw the week's first contacts and their repeats; returns all of them."""
    rng = world.rng("service")
    n = world.n
    rate = world.of("contact_rate") * np.exp(-0.35 * world.satisfaction[:n])
    who = np.flatnonzero(rng.random(n) < np.minimum(rate, 0.9))
    strangers = np.full(1 + rng.poisson(0.0006 * n), -1)
    who = np.concatenate([who, strangers])
    weights = np.roll(WEEKDAY, -((world.monday + 3) % 7))
    day = world.monday + rng.choice(7, p=weights, size=len(who))
    spontaneous = {
        "person": who,
        "t": world.when(world.people["country"][np.maximum(who, 0)], day, rng, peak=13.5),
        "reason": pick(rng, [0.35, 0.0, 0.05, 0.15, 0.25, 0.2], len(who)),
        "order_no": np.full(len(who), -1),
    }
    first = [spontaneous, *world.causes]
    world.causes.clear()
    contacts = {k: np.concatenate([part[k] for part in first]) for k in spontaneous}
    registered = world.people["registered_day"][np.maximum(contacts["person"], 0)]
    contacts["t"] = np.maximum(contacts["t"], registered * DAY + 7 * 3600)
    contacts["depth"] = np.zeros(len(contacts["t"]), dtype=np.int64)
    rounds = []
    for depth in range(3):
        handled = _handled(world, rng, contacts)
        rounds.append(handled)
        again = (handled["outcome"] != RESOLVED) & (rng.random(len(handled["t"])) < 0.45)
        contacts = {k: handled[k][again] for k in contacts}
        wait = rng.exponential(1.8 * DAY, int(again.sum())).astype(np.int64) + 1800
        contacts["t"] = contacts["t"] + wait
        contacts["depth"] = np.full(len(wait), depth + 1)
    whole = {k: np.concatenate([r[k] for r in rounds]) for k in rounds[0]}
    whole["no"] = world.tables.add("contact", whole)
    _cases(world, rng, whole)
    return whole


def _handled(world: World, rng: np.random.Generator, contacts: Rows) -> Rows:
    size = len(contacts["t"])
    kind = _reachable(world, pick(rng, [0.42, 0.17, 0.17, 0.05, 0.16, 0.03], size), contacts)
    # The bot is there by night too.
    later = np.where(kind == BOT, rng.integers(0, DAY // 2, size), 0)
    contacts = {**contacts, "t": contacts["t"] + later}
    crowd = np.where(contacts["reason"] == 3, 2.0, 1.0)
    wait = np.round(rng.gamma(1.3, 55, size) * crowd).astype(np.int64)
    live = (kind == CALL) | (kind == CHAT)
    patience = rng.exponential(900, size)
    gave_up = live & (patience < wait)
    talk = np.round(np.exp(rng.normal(5.5, 0.55, size) + 0.2 * (contacts["reason"] == 3)))
    hold = np.where(rng.random(size) < 0.3, rng.gamma(1.5, 40, size), 0).round()
    agent = agents.assign(rng, contacts["reason"], n_agents(world.plan))
    hard = agents.is_hard(contacts["reason"])
    odds = 1.75 + agents.skill(agent) - 1.2 * hard - 0.9 * (kind == BOT) + 0.3 * contacts["depth"]
    solved = rng.random(size) < 1 / (1 + np.exp(-odds))
    moved = (rng.random(size) < 0.08) & (kind == CALL)
    outcome = np.where(
        gave_up, ABANDONED, np.where(solved, RESOLVED, np.where(moved, TRANSFERRED, UNRESOLVED))
    )
    effects = world.scenario.effects
    felt = np.array([effects.resolved, effects.unresolved, effects.unresolved, effects.abandoned])
    world.feel(contacts["person"], contacts["t"], felt[outcome])
    none = np.full(size, -1, dtype=np.int64)
    return {
        **contacts,
        "kind": kind,
        "agent": np.where(gave_up | (kind == BOT), none, agent),
        "wait": np.where(live, wait, none),
        "talk": np.where(live & ~gave_up, talk.astype(np.int64), none),
        "hold": np.where((kind == CALL) & ~gave_up, hold.astype(np.int64), none),
        "wrap": np.where(live & ~gave_up, rng.gamma(2.0, 28, size).astype(np.int64), none),
        "outcome": outcome,
        "noise": rng.random(size),
    }


def _reachable(world: World, kind: np.ndarray, contacts: Rows) -> np.ndarray:
    """Let those who find nobody there write instead: agents work by day, when shops are open."""
    country = world.people["country"][np.maximum(contacts["person"], 0)]
    local = contacts["t"] + world.clocks.offset(HOME, contacts["t"])
    hour = local % DAY // 3600
    closed = (hour < 7) | (hour > 21) | ~opening(world).is_open(country, local // DAY)
    return np.where(closed & (kind == CALL), EMAIL, np.where(closed & (kind == CHAT), BOT, kind))


def _cases(world: World, rng: np.random.Generator, contacts: Rows) -> None:
    """Open a case for what is written, and for calls and chats that did not settle the issue."""
    written = np.isin(contacts["kind"], (EMAIL, FORM, MESSAGE))
    left = np.isin(contacts["outcome"], (UNRESOLVED, TRANSFERRED)) & (contacts["kind"] != BOT)
    of = np.flatnonzero(written | left)
    size = len(of)
    t, no = contacts["t"][of], contacts["no"][of]
    reply = t + np.exp(rng.normal(9.3, 0.9, size)).astype(np.int64) + 60
    solved = reply + np.exp(rng.normal(10.8, 1.0, size)).astype(np.int64)
    again = solved + rng.integers(DAY // 4, 6 * DAY, size)
    chance = rng.random((4, size))
    reopened = chance[0] < 0.06
    answered = chance[3] < 0.97
    steps = [
        (OPENED, t, np.ones(size, dtype=bool)),
        (ASSIGNED, t + 30, chance[1] < 0.8),
        (REPLY, reply, answered),
        (PENDING, reply + 1, answered & (chance[2] < 0.4)),
        (ESCALATED, reply + 600, answered & (chance[2] > 0.95)),
        (SOLVED, solved + 700, answered),
        (REOPENED, again + 700, answered & reopened),
        (SOLVED, again + 2 * DAY, answered & reopened),
    ]
    for event, instant, mask in steps:
        rows = int(mask.sum())
        world.tables.add(
            "case_event", {"contact": no[mask], "t": instant[mask], "event": np.full(rows, event)}
        )
