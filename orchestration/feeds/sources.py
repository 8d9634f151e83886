"""The sources of a feed's mappings as views, and what arrived when.

Belongs here: views over landed rows, the table of arrivals, which files a batch is about. Does not:
reading files (landing) or shaping rows (mapping).
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from orchestration.company import Company, Mapping
from orchestration.home import Home
from orchestration.landing import source_sql
from orchestration.ledger import Arrival, Ledger
from orchestration.sql_text import name

ARRIVALS = "_arrivals"
HELD = ("loaded", "duplicate")


def loaded(ledger: Ledger, sources: Iterable[str], through_batch: int) -> list[Arrival]:
    """Loaded arrivals of some sources up to a batch, in order of arrival by source."""
    return [
        arrival
        for source in sources
        for arrival in ledger.arrivals(source, through_batch)
        if arrival.status == "loaded"
    ]


def register_arrivals(connection: duckdb.DuckDBPyConnection, arrivals: Iterable[Arrival]) -> None:
    """A table of loaded files: source, file_id, name, sha256, batch, received_at, is_first.

    `is_first` marks the batch with which a source began: its past arrives all at once.
    """
    import pyarrow as pa  # a row at a time costs 0.5 ms each

    began: dict[str, int] = {}
    files: dict[tuple[str, str], dict[str, object]] = {}
    for arrival in arrivals:
        first = began.setdefault(arrival.source, arrival.batch)
        row = {
            "source": arrival.source, "file_id": arrival.file_id, "name": arrival.name,
            "sha256": arrival.sha256, "batch": arrival.batch, "received_at": arrival.received_at,
            "is_first": arrival.batch == first,
        }  # fmt: skip
        files.setdefault((arrival.source, arrival.file_id), row)
    text = pa.string()
    schema = pa.schema(
        {
            "source": text, "file_id": text, "name": text, "sha256": text, "batch": pa.int64(),
            "received_at": pa.timestamp("us", "UTC"), "is_first": pa.bool_(),
        }
    )  # fmt: skip
    connection.register("_arrival_rows", pa.Table.from_pylist(list(files.values()), schema))
    connection.execute(f"create or replace table {ARRIVALS} as select * from _arrival_rows")
    connection.unregister("_arrival_rows")


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
    found = {
        arrival.batch
        for source in sources
        for arrival in ledger.arrivals(source, through_batch)
        if arrival.status in HELD
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
