"""What nights hand on from one to the next: the files that are read at first and written at last.

Belongs here: their shapes, last night's files as views, writing tonight's. Does not: what is kept
so that a night can be worked out in part (kept.py), nor anything of what they say.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.evidence import quoted_path
from models.identity.households import COLUMNS as GROUP_COLUMNS

if TYPE_CHECKING:
    import duckdb

#: The files, with the shape of an empty start.
FILES = {
    "identity_map": "identity_key varchar, customer_id varchar, match_rule varchar,"
    " match_probability double, evidence varchar, first_seen_at timestamp, known_at timestamp",
    "bridge_identity": "source_system varchar, source_customer_id varchar, identifier_type varchar,"
    " identifier_hash varchar, customer_id varchar, match_rule varchar, match_probability double,"
    " evidence varchar, is_shared boolean, first_seen_at timestamp, last_seen_at timestamp,"
    " identity_key varchar",
    "customer": "customer_id varchar, created_on date",
    "identity_event": "event_id varchar, event_type varchar, customer_id varchar,"
    " previous_customer_id varchar, identity_key varchar, as_of_on date",
    "identity_trail": "identity_key varchar, customer_id varchar, known_at timestamp",
    "customer_group": GROUP_COLUMNS,
}
#: The entry of each file that names the file of what was kept that it was written with.
MADE_WITH = "kept"


def open_last(con: duckdb.DuckDBPyConnection, state: Path) -> None:
    """Make a view ``last_<name>`` of each file of last night; empty where there is none."""
    for name, columns in FILES.items():
        con.execute(f"create temp table no_{name} ({columns})")
        file = state / f"{name}.parquet"
        # by name: a file of an earlier version may have fewer columns
        also = (
            f" union all by name from read_parquet('{quoted_path(file)}')" if file.exists() else ""
        )
        con.execute(f"create temp view last_{name} as from no_{name}{also}")


def read_last(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of last night that naming needs (permanent.py), of everybody."""
    con.execute("create table old_map as select hash(identity_key) as key_h, identity_key,"
                " customer_id, known_at from last_identity_map")  # fmt: skip
    for name in ("customer", "identity_trail", "customer_group"):
        con.execute(f"create table {_OLD[name]} as from last_{name}")
    con.execute("create table old_holder as select distinct customer_id from old_map")
    con.execute("create table outer_holder as from old_holder limit 0")


_OLD = {"customer": "old_customer", "identity_trail": "old_trail", "customer_group": "old_group"}


def write_files(con: duckdb.DuckDBPyConnection, out: Path, made_with: str) -> None:
    """Write tonight's files from ``whole_map``, ``whole_bridge`` and the tables of naming.

    In no order: nobody reads one, and sorting costs more than all else that is done for a file.
    What they hold is mostly keyed hashes, which no heavier compression makes smaller.
    """
    sources = {
        "identity_map": "whole_map",
        "bridge_identity": "whole_bridge",
        "customer": "customer",
        "identity_trail": "identity_trail",
        "identity_event": "(from last_identity_event union all from event)",
        "customer_group": "whole_group",
    }
    for name, source in sources.items():
        listed = ", ".join(column.split()[0] for column in FILES[name].split(", "))
        con.execute(
            f"copy (select {listed} from {source}) to '{quoted_path(out / name)}.parquet'"
            " (format parquet, compression zstd, compression_level 1, dictionary_size_limit 1000,"
            f" kv_metadata {{{MADE_WITH}: '{made_with}'}})"
        )


def is_made_with(state: Path, name: str) -> bool:
    """Whether all of last night's files were written with what was kept as ``name``.

    Raises:
        ValueError, OSError: One cannot be read.
    """
    from pyarrow import parquet

    entry = MADE_WITH.encode()
    told = [parquet.read_metadata(state / f"{file}.parquet").metadata or {} for file in FILES]
    return all(entries.get(entry) == name.encode() for entries in told)
