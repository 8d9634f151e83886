"""Clauses that comments are made of, spelt out of the grammar in data/comments.yml.

Belongs here: filling the frames. Does not: which clause a comment takes (sql/_surveys.sql).
"""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from examples.retailer.company import in_use

DATA = Path(__file__).parents[1] / "data"
#: How a clause says what it says, with the share of clauses of each polarity that do it so.
DEVICES = {
    "plain": {"good": 0.26, "bad": 0.22},
    "fact": {"good": 0.36, "bad": 0.30},
    "negated": {"good": 0.20, "bad": 0.18},
    "ironic": {"good": 0.05, "bad": 0.18},
    "past": {"good": 0.13, "bad": 0.12},
}


@cache
def _written() -> dict[str, Any]:
    return yaml.safe_load((DATA / "comments.yml").read_text(encoding="utf-8"))


def grammar() -> dict[str, Any]:
    """The grammar as it is written, with the languages that a scenario brings."""
    book = _written()
    return {**book, "languages": {**book["languages"], **in_use().comments}}


def clauses() -> list[dict[str, Any]]:
    """Every clause, numbered within its language, topic, polarity and device."""
    found = []
    book = grammar()
    for language, parts in book["languages"].items():
        for place, topic in enumerate(book["topics"]):
            for device, polarity in product(DEVICES, ("good", "bad")):
                texts = _spelt(parts, parts["frames"][device][polarity], topic, place, polarity)
                for no, text in enumerate(texts):
                    key = {"language": language, "topic": place, "polarity": polarity}
                    found.append({**key, "device": device, "no": no, "n": len(texts), "text": text})
    return found


def _spelt(
    parts: dict[str, Any], frames: list[str], topic: str, place: int, polarity: str
) -> list[str]:
    """Each frame with all words and facts that it has slots for."""
    texts: list[str] = []
    for frame in frames:
        slots = {name: parts[name] for name in ("good", "bad") if f"{{{name}}}" in frame}
        if "{fact}" in frame:
            slots["fact"] = parts["facts"][topic][polarity]
        for chosen in product(*slots.values()):
            filled = dict(zip(slots, chosen, strict=True))
            texts.append(frame.format(thing=parts["things"][place], **filled))
    return texts


def joints() -> list[dict[str, Any]]:
    """Openings and the words between two clauses, by language."""
    return [
        {"language": language, "kind": kind, "no": no, "n": len(parts[name]), "text": text}
        for language, parts in grammar()["languages"].items()
        for kind, name in (("opening", "openings"), ("but", "but"))
        for no, text in enumerate(parts[name])
    ]


def devices() -> list[dict[str, Any]]:
    """Devices with the span of (0, 1) that chooses each."""
    found = []
    for polarity in ("good", "bad"):
        end = 0.0
        for device, shares in DEVICES.items():
            start, end = end, end + shares[polarity]
            found.append({"polarity": polarity, "device": device, "from_u": start, "to_u": end})
    return found
