"""The sources of a feed's mappings as views, and what arrived when.

Belongs here: views over landed rows, the table of arrivals, which files a batch is about. Does not:
reading files (landing) or shaping rows (mapping).
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from orchestration.company import Company, Mapping
from orchestration.feeds.engine import name
from orchestration.home import Home
from orchestration.landing import source_sql
from orchestration.ledger import Arrival, Ledger

ARRIVALS = "_arrivals"
HELD = ("loaded", "duplicate")


def loaded(ledger: Ledger, sources: Iterable[str], through_batch: int) -> list[Arrival]:
    """Loaded arrivals of some sources up to a batch, in order of arrival."""
    wanted = set(sources)
    return [
        arrival
        for arrival in ledger.arrivals(through_batch=through_batch)
        if arrival.source in wanted and arrival.status == "loaded"
    ]


def register_arrivals(
    connection: duckdb.DuckDBPyConnection, ledger: Ledger, company: Company, through_batch: int
) -> None:
    """A table of the loaded files: source, file_id, name, sha256, batch, received_at, is_first.

    `is_first` marks the batch with which a source began: its past arrives all at once.
    """
    connection.execute(
        f"create or replace temp table {ARRIVALS} (source varchar, file_id varchar, name varchar,"
        " sha256 varchar, batch bigint, received_at timestamptz, is_first boolean)"
    )
    arrivals = loaded(ledger, company.sources, through_batch)
    began: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    rows = []
    for arrival in arrivals:
        first = began.setdefault(arrival.source, arrival.batch)
        if (arrival.source, arrival.file_id) not in seen:
            seen.add((arrival.source, arrival.file_id))
            rows.append(
                [arrival.source, arrival.file_id, arrival.name, arrival.sha256, arrival.batch,
                 arrival.received_at, arrival.batch == first]
            )  # fmt: skip
    if rows:
        connection.executemany(f"insert into {ARRIVALS} values (?, ?, ?, ?, ?, ?, ?)", rows)


def is_incremental(company: Company, mapping: Mapping) -> bool:
    """Whether only a batch's new files need be mapped: plain columns over an appended source."""
    return mapping.sql is None and company.sources[mapping.from_].mode == "append"


def has_replacements(ledger: Ledger, source: str, batch: int) -> bool:
    """Whether a name of a source came again in a batch with other bytes.

    Rows of the older bytes are gone then, and the source must be looked at whole.
    """
    held: dict[str, str] = {}
    for arrival in ledger.arrivals(source, batch):
        if arrival.status not in HELD:
            continue
        if arrival.batch == batch and held.get(arrival.name, arrival.file_id) != arrival.file_id:
            return True
        held[arrival.name] = arrival.file_id
    return False


def due_batches(ledger: Ledger, sources: Iterable[str], through_batch: int) -> list[int]:
    """Batches up to one in which any of the sources changed."""
    wanted = set(sources)
    found = {
        arrival.batch
        for arrival in ledger.arrivals(through_batch=through_batch)
        if arrival.source in wanted and arrival.status in HELD
    }
    return sorted(found)


def create_view(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    ledger: Ledger,
    company: Company,
    source: str,
    through_batch: int,
    only_batch: int | None = None,
) -> None:
    """A view of a source's current rows under its own name, or of one batch's new files."""
    select = source_sql(home, ledger, company, source, through_batch, only_batch=only_batch)
    connection.execute(f"create or replace temp view {name(source)} as {select}")
