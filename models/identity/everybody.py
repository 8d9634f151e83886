"""What exact identifiers say of everybody: the first half of a full run.

Belongs here: the order of its steps. Does not: any rule (hubs.py, sharing.py, components.py),
nor a night's part (part).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.arrays.sql import drop, one_number
from models.identity.exact.components import count_hub_parts, make_clusters
from models.identity.exact.decisions import Decision, stage_decisions
from models.identity.exact.hubs import stage_links
from models.identity.exact.sharing import doubt_namesakes, split_hubs
from models.identity.nights import kept
from models.identity.people.mapping import make_rules
from models.identity.probable import training
from models.identity.records import names
from models.identity.records.standard import FREQUENCIES, RECORD

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.keys import Keys


def find_clusters(
    con: duckdb.DuckDBPyConnection,
    keys: Keys,
    state: Path,
    decisions: Sequence[Decision],
    cap: int,
) -> None:
    """Make ``record`` of all records and ``cluster`` of exact identifiers, and keep what they said.

    Args:
        con: A connection with the night's inputs (tonight.read_inputs).
        keys: The keys of ``link``.
        state: Where last night's counts of names are.
        decisions: All that stand.
        cap: The most records that one identifier may link.
    """
    con.execute(f"create table record ({RECORD})")
    con.execute("insert into record by name select * exclude (row_no) from every_record")
    n_records, model = one_number(con, "select count(*) from record"), training.read_model(state)
    is_outgrown = model is not None and training.is_outgrown(model, n_records)
    names.learn_names(con, None if is_outgrown else state / FREQUENCIES)
    stage_links(con, keys, cap)
    split_hubs(con)
    doubt_namesakes(con)
    kept.write_exact(con)
    count_hub_parts(con)
    stage_decisions(con, decisions)
    make_clusters(con, keys, cap)
    make_rules(con, keys)
    drop(con, "group_member", "hub", "hub_part", "hub_n_parts")
    kept.write_clusters(con)
