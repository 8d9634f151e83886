"""Which feed a source fills, and which column is which: by columns' names and first values.

Belongs here: the guesses and how sure they are. Does not: writing them down (`draft`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestration.drafting.names import likely_word, normal, other_names
from orchestration.remedies import fitting_formats
from quality.contracts import Column, Contract, load_contracts

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_OWN_NAME, _OTHER_NAME = 3, 2
_MOST_VALUES = 200
_NAMES_OF_FEEDS = {
    "customer_records": ("customer", "crm", "client", "member", "contact"),
    "interactions": ("interaction", "event", "call", "click", "chat", "web", "app", "session"),
    "case_events": ("case", "ticket"),
    "orders": ("order",),
    "transactions": ("transaction", "item", "line", "sale", "receipt", "till", "invoice", "pos"),
    "products": ("product", "catalog", "catalogue", "article"),
    "survey_invitations": ("invitation", "invite"),
    "survey_responses": ("survey", "response", "review", "nps", "csat", "answer", "feedback"),
    "subscriptions": ("subscription", "membership", "contract", "policy", "plan"),
    "campaign_contacts": ("campaign", "offer"),
    "consents": ("consent", "opt"),
    "locations": ("store", "location", "branch", "shop"),
    "fx_rates": ("fx", "rate", "exchange"),
    "employees": ("employee", "agent", "staff"),
    "erasure_requests": ("erasure", "forget", "deletion"),
}


@dataclass(frozen=True)
class ColumnGuess:
    """One column of a source taken for one of a feed.

    Attributes:
        column: The feed's column.
        source_column: The source's column.
        is_sure: Whether it has the very name.
        time_format: Pattern of its times where they are not ISO 8601.
        is_ambiguous: Whether day and month could be the other way round.
        words: Words of its vocabulary by what stands in the file; None where none is likely.
    """

    column: str
    source_column: str
    is_sure: bool
    time_format: str | None = None
    is_ambiguous: bool = False
    words: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedGuess:
    """A source taken for a feed.

    Attributes:
        feed: The feed.
        columns: Guesses of columns, in the feed's order.
        missing: Required columns that nothing was found for.
        unused: Columns of the source that no guess takes.
        constants: Constants that a survey needs and that its scores suggest; never sure.
        score: How good the guess is; comparable between feeds of one source.
    """

    feed: str
    columns: tuple[ColumnGuess, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    score: float
    constants: dict[str, str] = field(default_factory=dict)


def guess_feed(name: str, values: dict[str, Sequence[str | None]]) -> FeedGuess | None:
    """The feed that a source most likely fills.

    Args:
        name: The source's name; it weighs a little.
        values: The source's columns with their first values.

    Returns:
        The best guess, or None where no feed has more than a common column in it.
    """
    guesses = [_for_feed(contract, name, values) for contract in load_contracts().values()]
    found = [guess for guess in guesses if guess is not None]
    return max(found, key=lambda guess: (guess.score, guess.feed), default=None)


def _for_feed(
    contract: Contract, name: str, values: dict[str, Sequence[str | None]]
) -> FeedGuess | None:
    taken: dict[str, ColumnGuess] = {}
    strength = 0.0
    for weight in (_OWN_NAME, _OTHER_NAME):
        for column in contract.columns:
            if column.name in taken or column.name == "source_system":
                continue
            used = {guess.source_column for guess in taken.values()}
            match = _match(column, weight, [c for c in values if c not in used], values)
            if match is not None:
                taken[column.name] = match
                strength += weight * (2 if column.name in contract.required_names else 1)
    constants = _constants(contract, name, taken, values)
    needed = [c for c in contract.required_names if c != "source_system"]
    missing = tuple(column for column in needed if column not in {*taken, *constants})
    own = [c for c in contract.columns if c.name in taken and c.name not in _common(contract)]
    if not own or len(missing) == len(needed):
        return None
    words = normal(name).split("_")
    hinted = any(word.startswith(_NAMES_OF_FEEDS.get(contract.feed, ("\0",))) for word in words)
    covered = 1 - len(missing) / len(needed)
    used = {guess.source_column for guess in taken.values()}
    share = len(used) / len(values)
    score = covered * (1 + share) * (1.8 if hinted else 1.0) + strength / 100
    key = [c for c in contract.key if c not in ("source_system", "identity_key")]
    if all(c in taken for c in key) and not _is_key([taken[c] for c in key], values):
        score *= 0.4
    ordered = tuple(taken[c] for c in contract.column_names if c in taken)
    unused = tuple(column for column in values if column not in used)
    return FeedGuess(contract.feed, ordered, missing, unused, score, constants)


def _constants(
    contract: Contract,
    name: str,
    taken: dict[str, ColumnGuess],
    values: dict[str, Sequence[str | None]],
) -> dict[str, str]:
    """For answers: the survey by the source's name, the metric by the range of the scores."""
    if "score" not in taken or contract.feed != "survey_responses":
        return {}
    texts = {text.strip() for text in values[taken["score"].source_column] if text}
    scores = [float(text.replace(",", ".")) for text in texts if _NUMBER.fullmatch(text)]
    lowest, highest = min(scores, default=0), max(scores, default=0)
    said: dict[str, str] = {}
    if "survey_id" not in taken:
        said["survey_id"] = name
    if "metric_type" not in taken and lowest >= 0 and highest <= 10:
        # Up to 5 is a satisfaction scale; 0 or more than 7 can only be likelihood to recommend.
        is_nps = "nps" in normal(name).split("_") or lowest == 0 or highest > 7
        low, high = ("0", "10") if is_nps else ("1", "5" if highest <= 5 else "7")
        said |= {"metric_type": "nps" if is_nps else "csat", "scale_min": low, "scale_max": high}
    return said


def _is_key(key: Sequence[ColumnGuess], values: dict[str, Sequence[str | None]]) -> bool:
    """Whether the columns taken for the key tell nearly all of the first rows apart."""
    rows = list(zip(*(values[guess.source_column] for guess in key), strict=False))
    return len(set(rows)) >= 0.95 * len(rows)


def _common(contract: Contract) -> frozenset[str]:
    """Columns that every feed has and that therefore say nothing of which it is."""
    shared = frozenset.intersection(
        *(
            frozenset(other.column_names)
            for other in load_contracts().values()
            if other.is_person is contract.is_person
        )
    )
    return shared - set(contract.required_names)


def _match(
    column: Column,
    weight: int,
    candidates: Sequence[str],
    values: dict[str, Sequence[str | None]],
) -> ColumnGuess | None:
    names = {column.name} if weight == _OWN_NAME else other_names(column.name)
    for source_column in candidates:
        if normal(source_column) not in names:
            continue
        guess = _fitting(column, source_column, values[source_column], weight == _OWN_NAME)
        if guess is not None:
            return guess
    return None


def _fitting(
    column: Column, source_column: str, texts: Sequence[str | None], is_sure: bool
) -> ColumnGuess | None:
    """The guess where the values can be of the column's type; None where they cannot."""
    given = [text.strip() for text in texts[:_MOST_VALUES] if text is not None and text.strip()]
    if column.type in ("timestamp", "date"):
        if all(_ISO.fullmatch(text) for text in given):
            return ColumnGuess(column.name, source_column, is_sure)
        fitting = fitting_formats(given)
        if not fitting:
            return None
        return ColumnGuess(column.name, source_column, is_sure, fitting[0], len(fitting) > 1)
    if column.type in ("integer", "decimal", "number"):
        fits = all(_NUMBER.fullmatch(text) for text in given)
        return ColumnGuess(column.name, source_column, is_sure) if fits else None
    if column.vocabulary is None:
        return ColumnGuess(column.name, source_column, is_sure)
    distinct = sorted(set(given))
    words = {text: likely_word(column.vocabulary, text) for text in distinct}
    known = sum(word is not None for word in words.values())
    if distinct and known * 2 < len(distinct):
        return None
    same = all(word == normal(text) for text, word in words.items())
    return ColumnGuess(column.name, source_column, is_sure, words={} if same else words)
