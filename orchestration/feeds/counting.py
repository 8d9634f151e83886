"""What a batch of a feed came to, in counts: rows by class, fields, closed keys, reasons.

Belongs here: counting for the result that callers read. Does not: the books, which must balance
(books).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from orchestration.company import Company
from orchestration.feeds.checking import CHECKED
from orchestration.feeds.late import find_late
from orchestration.feeds.results import UNCHANGED, FeedResult
from orchestration.feeds.versions import CLOSING, OUTCOME
from orchestration.ledger import Book
from orchestration.progress import Say


def count_batch(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    feed: str,
    notes: Mapping[str, int],
    books: Iterable[Book],
    held_back: list[str],
    progress: Say,
) -> FeedResult:
    """Count what became of a batch's rows; nothing is written yet, so it is `unchanged`.

    Args:
        connection: with the tables of checked rows, outcomes and closed keys.
        company: the company file.
        feed: name of the feed.
        notes: counted notes of accepted rows by detail.
        books: the batch's books.
        held_back: a line for each file that was left out.
        progress: told of late rows.
    """
    total: dict[str, int] = {}
    for book in books:
        total[book.measure] = total.get(book.measure, 0) + book.value
    coerced = connection.execute(
        f"select coalesce(sum(len(c._fields)), 0) from {CHECKED} c join {OUTCOME} o"
        " on o.rid = c.rowid where o.class in ('new', 'updated', 'older', 'duplicate')"
    ).fetchone()
    closed = connection.execute(f"select count(*) from {CLOSING}").fetchone()
    late = find_late(connection, company, feed)
    if late.n:
        progress(f"  {feed}: {late.said}")
    return FeedResult(
        feed,
        UNCHANGED,
        message="; ".join([*held_back, *([late.said] if late.n else [])]),
        n_mapped=total.get("mapped", 0),
        n_not_selected=total.get("not_selected", 0),
        n_new=total.get("new", 0),
        n_updated=total.get("updated", 0),
        n_duplicate=total.get("duplicate", 0),
        n_older=total.get("older", 0),
        n_closed=closed[0] if closed else 0,
        n_quarantined=total.get("quarantined", 0),
        n_coerced=int(coerced[0]) if coerced else 0,
        reasons=dict(sorted((count_reasons(connection, notes) | late.reasons).items())),
    )


def count_reasons(
    connection: duckdb.DuckDBPyConnection, notes: Mapping[str, int]
) -> dict[str, int]:
    """Count by detail: the notes, why rows and fields are put aside, and rows that came twice."""
    counts = dict(notes)
    found = connection.execute(
        f"""select d, count(*) from (
            select unnest(coalesce(c._details, ['dup.conflict'])) as d
            from {CHECKED} c join {OUTCOME} o on o.rid = c.rowid
            where o.class in ('quarantined', 'conflict')
            union all
            select case when starts_with(f.reason, f.field || '.') then f.reason
              else f.reason || ':' || f.field end
            from (select unnest(c._fields) as f from {CHECKED} c
              join {OUTCOME} o on o.rid = c.rowid
              where o.class not in ('quarantined', 'conflict'))
            union all select 'dup.exact' from {OUTCOME} where class = 'duplicate')
        group by d"""
    ).fetchall()
    for detail, count in found:
        counts[detail] = counts.get(detail, 0) + count
    return dict(sorted(counts.items()))
