"""Records that stand aside with their raw lines, for the person who asks.

Belongs here: finding them, and their lines as they were sent. Does not: printing, or deciding who
may see them (the command).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from orchestration.home import Home
from orchestration.kept_aside import STANDING, create_standing
from orchestration.landing import received_lines
from orchestration.ledger import Ledger
from orchestration.replay import Selection

if TYPE_CHECKING:
    from orchestration.company import Company


@dataclass
class Aside:
    """One record; `raw` are its physical lines, else the values that were judged."""

    stage: str
    source: str
    feed: str | None
    file_id: str
    file_name: str
    first_line: int
    last_line: int
    details: list[str]
    raw: list[str] = field(default_factory=list)


def records_aside(
    home: Home, ledger: Ledger, company: Company, selection: Selection, limit: int, *,
    with_raw: bool,
) -> tuple[list[Aside], int]:  # fmt: skip
    """The first records that are meant, in order of file and line, and how many there are in all.

    Args:
        home: HOME.
        ledger: its ledger.
        company: the company file.
        selection: which are meant.
        limit: how many are given.
        with_raw: whether with their lines.
    """
    columns = "stage, source, feed, file_id, file_name, first_line, last_line, details"
    with duckdb.connect() as connection:
        create_standing(connection, home, ledger, company)
        where = f"from {STANDING} where {selection.condition()}"
        counted = connection.execute(f"select count(*) {where}").fetchone()
        found = connection.execute(
            f"select {columns}, raw, text {where}"
            " order by source, file_name, first_line, stage, feed, details limit ?",
            [limit],
        ).fetchall()
    records = [Aside(*row[:8]) for row in found]
    if with_raw:
        _add_lines(home, ledger, company, records, [(row[8], row[9]) for row in found])
    return records, counted[0] if counted else 0


def _add_lines(
    home: Home, ledger: Ledger, company: Company, records: list[Aside],
    kept: list[tuple[bytes | None, str | None]],
) -> None:  # fmt: skip
    spans: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for record in records:
        spans[record.source, record.file_id].append((record.first_line, record.last_line))
    lines = {
        place: received_lines(home, ledger, company, *place, wanted)
        for place, wanted in spans.items()
    }
    for record, (raw, text) in zip(records, kept, strict=True):
        place = (record.source, record.file_id)
        found = lines[place].get((record.first_line, record.last_line), raw)
        if found is not None:
            record.raw = found.decode(errors="backslashreplace").splitlines()
        elif text is not None:
            record.raw = [text]
