"""Which agent takes which contact, and how good each is: agents do not get the same cases.

Belongs here: assignment by reason, and skill. Does not: what comes of a contact (service.py).
"""

from __future__ import annotations

import numpy as np

#: Of the senior agents (every third), how much likelier each gets a hard case than a junior one.
SENIOR, FAVOUR = 3, 4.0
HARD = (1, 3, 5)
#: Spread of skill, log odds to settle a contact.
SPREAD = 0.45


def is_hard(reason: np.ndarray) -> np.ndarray:
    """Whether a reason is a late delivery, a technical problem or a complaint."""
    return np.isin(reason, HARD)


def assign(rng: np.random.Generator, reason: np.ndarray, n_agents: int) -> np.ndarray:
    """Draw an agent for each contact: senior ones get the hard cases, and so look worse."""
    agents = np.arange(n_agents)
    weight = np.where(agents % SENIOR == 0, FAVOUR, 1.0)
    chance, hard = rng.random(len(reason)), is_hard(reason)
    found = np.empty(len(reason), dtype=np.int64)
    for mask, weights in ((hard, weight), (~hard, 1 / weight)):
        edges = np.cumsum(weights) / weights.sum()
        found[mask] = np.searchsorted(edges[:-1], chance[mask], side="right")
    return found


def table(n_agents: int) -> dict[str, np.ndarray]:
    """All agents with what is planted in them."""
    agents = np.arange(n_agents)
    return {"agent": agents, "is_senior": agents % SENIOR == 0, "skill": skill(agents)}


def skill(agent: np.ndarray) -> np.ndarray:
    """Log odds that an agent adds to settling a contact: the same always, spread over agents.

    Senior agents are the better ones.
    """
    return SPREAD * np.sin(agent * 2.399) + np.where(agent % SENIOR == 0, 0.25, -0.125)
