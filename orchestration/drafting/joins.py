"""What a source lacks and another one has: lines without a date, answers without a person.

Belongs here: finding the source to join, the name that connected sources share, and the SELECT of
the draft. Does not: guessing columns (`guess`) or laying out the file (`draft`).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from orchestration.drafting.guess import FeedGuess
from orchestration.drafting.names import normal
from orchestration.sql_text import literal
from orchestration.sql_text import name as identifier
from quality.contracts import PERSON_IDENTIFIERS, load_contracts

_TIMES = ("occurred_at", "responded_at", "sent_at")
_CARRIAGE = frozenset(
    "freight freight_value freight_cost freight_amount shipping shipping_cost shipping_amount"  # noqa: SIM905
    " shipping_price shipping_fee delivery_fee".split()
)


@dataclass(frozen=True)
class Join:
    """How a source is completed by the orders that it is about.

    Attributes:
        source: The source to join.
        on: Its own column and the other's.
        borrowed: Feed column to the other source's column.
        own: Feed column to its own column, beyond what was guessed.
        carriage: A column of carriage to add to the amount, or None.
    """

    source: str
    on: tuple[str, str]
    borrowed: dict[str, str]
    own: dict[str, str]
    carriage: str | None = None


def find_join(name: str, guesses: Mapping[str, FeedGuess | None]) -> Join | None:
    """The orders that complete a source, where it names an order and lacks a time or a person."""
    guess = guesses[name]
    own = _columns(guess)
    if guess is None or guess.feed == "orders" or "order_id" not in own:
        return None
    for other, candidate in guesses.items():
        if candidate is None or candidate.feed != "orders" or candidate.missing or other == name:
            continue
        theirs = _columns(candidate)
        borrowed = {time: theirs["ordered_at"] for time in _TIMES if time in guess.missing}
        if not set(own) & set(PERSON_IDENTIFIERS) and load_contracts()[guess.feed].is_person:
            borrowed |= {one: theirs[one] for one in PERSON_IDENTIFIERS if one in theirs}
        more = {"transaction_id": own["order_id"]} if "transaction_id" in guess.missing else {}
        if borrowed and not {*guess.missing} - {*borrowed, *more}:
            on = (own["order_id"], theirs["order_id"])
            return Join(other, on, borrowed, more, _carriage(guess))
    return None


def _columns(guess: FeedGuess | None) -> dict[str, str]:
    return {c.column: c.source_column for c in guess.columns} if guess else {}


def _carriage(guess: FeedGuess) -> str | None:
    if guess.feed != "transactions":
        return None
    return next((column for column in guess.unused if normal(column) in _CARRIAGE), None)


def complete(guess: FeedGuess, join: Join) -> FeedGuess:
    """A guess that a join completes: nothing is missing, and its carriage is used."""
    unused = tuple(column for column in guess.unused if column != join.carriage)
    return replace(guess, missing=(), unused=unused)


def shared_systems(
    guesses: Mapping[str, FeedGuess | None], joins: Mapping[str, Join], fallback: str
) -> dict[str, str]:
    """One `source_system` for sources that use the same numbers of customers or orders, by source.

    Numbers of people mean something within a system only: without it a customer of one file would
    not be that of another.
    """
    users: dict[tuple[str, str], set[str]] = {}
    for name, guess in guesses.items():
        if guess is None or (guess.missing and name not in joins):
            continue
        columns = _columns(guess) | (joins[name].borrowed if name in joins else {})
        for kind in ("source_customer_id", "order_id"):
            if kind in columns:
                users.setdefault((kind, normal(columns[kind])), set()).add(name)
    connected: set[str] = set()
    for names in users.values():
        connected |= names if len(names) > 1 else set()
    if not connected:
        return {}
    parts = zip(*(name.split("_") for name in connected), strict=False)
    words = [each[0] for each in itertools.takewhile(lambda each: len(set(each)) == 1, parts)]
    return dict.fromkeys(sorted(connected), "_".join(words) or normal(fallback) or "source")


def select_lines(name: str, guess: FeedGuess, join: Join) -> Sequence[str]:
    """The mapping's SELECT, as lines of the company file."""
    given = {column.column: f"t.{identifier(column.source_column)}" for column in guess.columns}
    given |= {column: f"t.{identifier(own)}" for column, own in join.own.items()}
    given |= {column: f"o.{identifier(other)}" for column, other in join.borrowed.items()}
    if join.carriage and "amount" in given:
        given["amount"] = f"num({given['amount']}) + num(t.{identifier(join.carriage)})"
    if guess.feed == "transactions" and "line_type" not in given:
        given["line_type"] = literal("item")
    listed = [f"{sql} as {column}" for column, sql in given.items()]
    here, there = (identifier(column) for column in join.on)
    kind = "inner" if guess.feed == "transactions" else "left"
    return [
        f"    - from: {name}",
        f"      sql: |   # unsure: joined with {join.source}"
        + (f", and {join.carriage} added to the amount" if join.carriage else ""),
        "        select",
        "            t._row,",
        *(f"            {line}," for line in listed[:-1]),
        f"            {listed[-1]}",
        f"        from {identifier(name)} as t",
        f"        {kind} join {identifier(join.source)} as o on t.{here} = o.{there}",
    ]
