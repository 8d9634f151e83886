"""What became of a feed in a batch, and why a mapping could not be used.

Belongs here: the result that callers read and the errors that stop a feed. Does not: how a feed is
written (batch) or what a run does about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

WRITTEN, UNCHANGED, REFUSED, FAILED, EMPTY = "written", "unchanged", "refused", "failed", "empty"


class MappingError(ValueError):
    """A mapping cannot be carried out; the message is one line without any value of the data."""


@dataclass(frozen=True)
class FeedResult:
    """What became of a feed.

    Attributes:
        feed: its name.
        status: written, unchanged (nothing new in its sources, or nothing that differs), refused
            (a file had too many bad rows), failed (a mapping could not be carried out) or empty
            (no mapping, or no row of its sources yet).
        message: one line for people where the status calls for one, without personal data.
        source: source that the status is about, where it is refused or failed.
        file: name of the refused file.
        n_mapped: rows that the mappings gave; accepted and quarantined together.
        n_not_selected: driving rows that gave no row, by a join or by `drop_where`.
        n_new, n_updated, n_duplicate, n_older: the accepted rows, by what the feed knew before.
        n_closed: keys that a newer snapshot no longer has.
        n_quarantined: rows that failed the contract.
        n_coerced: fields that were made NULL.
        min_occurred_on, max_occurred_on: span of the rows written.
        touched: days of which a row was written or superseded, in order; none for entity feeds.
        reasons: count by reason code, with its field where the code does not name it.
        is_rebuilt: the whole feed was mapped anew, so that nothing built on it still holds.
    """

    feed: str
    status: str
    message: str = ""
    source: str | None = None
    file: str | None = None
    n_mapped: int = 0
    n_not_selected: int = 0
    n_new: int = 0
    n_updated: int = 0
    n_duplicate: int = 0
    n_older: int = 0
    n_closed: int = 0
    n_quarantined: int = 0
    n_coerced: int = 0
    min_occurred_on: date | None = None
    max_occurred_on: date | None = None
    touched: tuple[date, ...] = ()
    reasons: dict[str, int] = field(default_factory=dict)
    is_rebuilt: bool = False

    @property
    def is_good(self) -> bool:
        """Whether what needs the feed may go on."""
        return self.status not in (REFUSED, FAILED)

    @property
    def n_accepted(self) -> int:
        """Rows that passed the contract."""
        return self.n_new + self.n_updated + self.n_duplicate + self.n_older

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        plain = asdict(self)
        for name in ("min_occurred_on", "max_occurred_on"):
            plain[name] = plain[name] and plain[name].isoformat()
        plain["touched"] = [day.isoformat() for day in self.touched]
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> FeedResult:
        """The result that `to_json` was made of."""
        given = dict(plain)
        for name in ("min_occurred_on", "max_occurred_on"):
            given[name] = date.fromisoformat(given[name]) if given[name] else None
        given["touched"] = tuple(date.fromisoformat(day) for day in given["touched"])
        return cls(**given)


def combined(feed: str, results: Iterable[FeedResult]) -> FeedResult:
    """One result for the batches of a feed that was mapped anew; stops at the first bad one."""
    parts = list(results)
    if not parts:
        return FeedResult(feed, EMPTY)
    if not parts[-1].is_good:
        return parts[-1]
    counts: dict[str, Any] = {
        f.name: sum(getattr(part, f.name) for part in parts)
        for f in fields(FeedResult)
        if f.name.startswith("n_")
    }
    reasons: dict[str, int] = {}
    for part in parts:
        for code, count in part.reasons.items():
            reasons[code] = reasons.get(code, 0) + count
    first = [part.min_occurred_on for part in parts if part.min_occurred_on is not None]
    last = [part.max_occurred_on for part in parts if part.max_occurred_on is not None]
    messages = [part.message for part in parts if part.message]
    return FeedResult(
        feed,
        WRITTEN if any(part.status == WRITTEN for part in parts) else parts[-1].status,
        message="; ".join(dict.fromkeys(messages)),
        min_occurred_on=min(first, default=None),
        max_occurred_on=max(last, default=None),
        touched=tuple(sorted({day for part in parts for day in part.touched})),
        reasons=dict(sorted(reasons.items())),
        is_rebuilt=any(part.is_rebuilt for part in parts),
        **counts,
    )
