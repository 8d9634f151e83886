"""The books of all batches as one table: what `quality.conservation` publishes and gates judge.

Belongs here: framing's figures of each file beside the feeds' own, and the step from one to the
other. Does not: keeping the feeds' books (feeds.books), or the equations (quality.gates.books).
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

import pandas as pd

from orchestration.ledger import Arrival, Book, Ledger

if TYPE_CHECKING:
    from orchestration.company import Company

BOOK_TYPES = {
    "batch": "bigint", "source": "varchar", "file_id": "varchar", "feed": "varchar",
    "mapping_index": "bigint", "stage": "varchar", "measure": "varchar", "value": "bigint",
}  # fmt: skip
HELD = ("loaded", "duplicate")
_Place = tuple[int, str, str, str, int]  # batch, source, file_id, feed, mapping


def books_frame(ledger: Ledger, company: Company) -> pd.DataFrame:
    """Give the books of all batches, a row each measure: framing, handover, and those of feeds."""
    kept, arrivals = ledger.books(), ledger.arrivals()
    books = [*kept, *_framing(arrivals), *_handover(kept, arrivals, company)]
    return pd.DataFrame(map(attrgetter(*BOOK_TYPES), books), columns=list(BOOK_TYPES))


def _framing(arrivals: list[Arrival]) -> Iterator[Book]:
    """What became of each file's records and lines; of a refused file's too, where any were read.

    A file that came twice in a batch (refused, then mended) is told as it was in the end.
    """
    last = {(a.batch, a.source, a.file_id): a for a in arrivals if a.n_framed or _is_in(a)}
    for a in last.values():
        if a.status == "duplicate":
            continue
        for measure in ("framed", "parsed", "quarantined", "blank"):
            value = getattr(a, f"n_{measure}")
            yield Book(a.batch, a.source, a.file_id, "", 0, "framing", measure, value)


def _is_in(arrival: Arrival) -> bool:
    return arrival.status == "loaded"


def _handover(kept: list[Book], arrivals: list[Arrival], company: Company) -> Iterator[Book]:
    """What landing parsed of each file that a mapping read, or should have read.

    Of a source with keys some rows are older than others of their key in other files: these are
    `superseded`, and never more than all of them.
    """
    parsed = {(a.source, a.file_id): a.n_parsed for a in arrivals if _is_in(a)}
    driving: dict[_Place, int] = {
        (b.batch, b.source, b.file_id, b.feed, b.mapping_index): b.value
        for b in kept
        if (b.stage, b.measure) == ("mapping", "driving")
    }
    for place in sorted({*driving, *_due(kept, arrivals, company)}):
        batch, source, file_id, feed, index = place
        value = parsed.get((source, file_id), 0)
        yield Book(batch, source, file_id, feed, index, "handover", "parsed", value)
        if source in company.sources and company.sources[source].mode == "upsert":
            older = value - driving.get(place, 0)
            yield Book(batch, source, file_id, feed, index, "handover", "superseded", older)


def _due(kept: list[Book], arrivals: list[Arrival], company: Company) -> set[_Place]:
    """Where a file that adds rows must have driven: each mapping of its source, when it came.

    A file whose name came again in the same batch (a stopped night's, then mended) is not in it.
    """
    written = {(book.batch, book.feed) for book in kept}
    last = {(a.batch, a.source, a.name): a.seq for a in arrivals if a.status in HELD}
    return {
        (a.batch, a.source, a.file_id, feed, mapping.index)
        for a in arrivals
        if _is_in(a) and last[a.batch, a.source, a.name] == a.seq
        if a.source in company.sources and company.sources[a.source].mode == "append"
        for feed, mappings in company.feeds.items()
        if (a.batch, feed) in written
        for mapping in mappings
        if mapping.from_ == a.source
    }
