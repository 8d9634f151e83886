"""The dbt sources file, made from the contracts.

What belongs here: contracts to dbt's YAML, with the columns of the tables that stand beside each
feed. What does not: the page for people (`render_docs`), or where the file is kept and written
(`__main__`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from quality.contracts.load import load_contracts
from quality.contracts.model import LINEAGE_DESCRIPTIONS, Contract, stored_columns
from quality.contracts.render_docs import NOTICE

SUPERSEDED_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("row_id", "VARCHAR", "Stored version that no longer holds."),
    ("version_on", "DATE", "Day of the version that took its place; NULL where none was given."),
    ("batch", "BIGINT", "Batch that brought the newer version."),
)
TOUCHED_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("occurred_on", "DATE", "Day whose rows changed, superseded ones included."),
    ("batch", "BIGINT", "Batch that changed it."),
)
IDENTIFIER_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("identity_key", "VARCHAR", "Primary identifier of the rows it was seen with."),
    ("identifier_type", "VARCHAR", "Kind of identifier."),
    ("identifier_key", "VARCHAR", "The identifier: its type and a keyed hash."),
    ("source_system", "VARCHAR", "System that sent it."),
    ("source_customer_id", "VARCHAR", "The source's customer id where it may be published, else "
     "its keyed hash; NULL for other kinds of identifier."),
    ("feed", "VARCHAR", "Feed that it was seen in."),
    ("is_placeholder", "BOOLEAN", "Whether it is a filler value, which never identifies anyone."),
    ("first_seen_at", "TIMESTAMPTZ", "Earliest time that it was seen."),
    ("last_seen_at", "TIMESTAMPTZ", "Latest time that it was seen."),
    ("known_at", "TIMESTAMPTZ", "When the company could have known it, where that is given."),
    ("source_name", "VARCHAR", "Source that it came from."),
    ("n_rows", "BIGINT", "Rows that carry it."),
    ("row_occurred_on", "DATE", "Earliest day of those rows; NULL for entity feeds."),
    ("batch", "BIGINT", "Batch that brought it."),
)  # fmt: skip
BATCH_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("source", "VARCHAR", "Source."),
    ("batch", "BIGINT", "Batch."),
    ("night_on", "DATE", "Business date of the night that read it."),
    ("night_end_at", "TIMESTAMPTZ", "End of that business date."),
    ("is_first", "BOOLEAN", "Whether it is the source's first batch, whose past arrived at once."),
    ("lag_seconds", "BIGINT", "How long after an event the source tells of it."),
)


def _location(path: str) -> str:
    # a quote in the path of HOME is doubled, as SQL literals want it
    home = '{{ env_var("WHOLEVIEW_HOME") | replace("\'", "\'\'") }}'
    return f"read_parquet('{home}/feeds/{path}', union_by_name=true)"


def _table(
    name: str, description: str, path: str, asset_key: str, columns: Iterable[tuple[str, str, str]]
) -> dict[str, Any]:
    meta = {"external_location": _location(path), "dagster": {"asset_key": ["feeds", asset_key]}}
    return {
        "name": name,
        "description": description,
        "config": {"meta": meta},
        "columns": [
            {"name": column, "data_type": kind, "description": text}
            for column, kind, text in columns
        ],
    }


def _feed_columns(contract: Contract) -> list[tuple[str, str, str]]:
    described = {column.name: column.description for column in contract.columns}
    described.update(LINEAGE_DESCRIPTIONS)
    return [(name, kind, described[name]) for name, kind in stored_columns(contract)]


def _feed_tables(contract: Contract) -> list[dict[str, Any]]:
    feed = contract.feed
    rows = _table(
        feed, contract.description, f"{feed}/rows/*.parquet", feed, _feed_columns(contract)
    )
    superseded = _table(
        f"superseded_{feed}",
        f"Stored versions of {feed} that a newer one has replaced. Grain: one row per row_id.",
        f"{feed}/superseded/*.parquet",
        f"superseded_{feed}",
        SUPERSEDED_COLUMNS,
    )
    if contract.kind == "entity":
        return [rows, superseded]
    touched = _table(
        f"touched_{feed}",
        f"Days of {feed} that a batch changed. Grain: one row per occurred_on and batch.",
        f"{feed}/touched/*.parquet",
        f"touched_{feed}",
        TOUCHED_COLUMNS,
    )
    return [rows, superseded, touched]


def render_sources() -> str:
    """The dbt sources file: a table per feed, its superseded rows and touched days, and two more.

    Returns:
        YAML text; `WHOLEVIEW_HOME` in the environment says where the feeds are.
    """
    tables = [table for contract in load_contracts().values() for table in _feed_tables(contract)]
    tables.append(
        _table(
            "identifier",
            "Identifiers as rows carried them. Grain: one row per batch, feed, source, "
            "identity_key and identifier_key.",
            "_identifier/rows/*.parquet",
            "identifier",
            IDENTIFIER_COLUMNS,
        )
    )
    tables.append(
        _table(
            "batch",
            "Which night read each source's batch. Grain: one row per source and batch.",
            "_batch/batch.parquet",
            "batch",
            BATCH_COLUMNS,
        )
    )
    description = (
        "What companies sent, mapped, judged and typed by contract: Parquet, a folder each."
    )
    source = {"name": "feeds", "description": description, "tables": tables}
    document = {"version": 2, "sources": [source]}
    body = yaml.safe_dump(document, sort_keys=False, width=100, allow_unicode=True)
    return f"# {NOTICE}\n{body}"
