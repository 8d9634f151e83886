"""Which keys a night must look at again: those that changed, and whom that can touch.

Belongs here: growing what changed to whole people, leaving that part alone in the tables. Does not:
what exact identifiers say of it (exact.py), nor who is one person (increment.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.evidence import one_number
from models.identity.tonight import fetch_links

if TYPE_CHECKING:
    import duckdb


def decided_keys(con: duckdb.DuckDBPyConnection, decided: list[tuple[str, list[str]]]) -> str:
    """Give SQL of the keys (key_h) of decisions that are new or were taken back.

    Args:
        con: A connection with ``kept``.
        decided: Tonight's decisions, the name and the keys of each.
    """
    before = {str(name): list(keys) for name, keys in con.execute("from kept.decision").fetchall()}
    tonight = dict(decided)
    keys = sorted(
        {
            key
            for name in before.keys() ^ tonight.keys()
            for key in (before.get(name) or tonight.get(name) or ())
        }
    )
    con.execute("create temp table decided_key as select unnest(?::varchar[]) as k", [keys])
    return "select hash(k) from decided_key"


def find_region(con: duckdb.DuckDBPyConnection, decided: str) -> None:
    """Make ``region_key`` (key_h): the keys to look at again, of whole clusters.

    Needs what exact identifiers say of the part (exact.find_clusters).
    """
    con.execute(
        f"create table region_key as select key_h from changed_key union ({decided})"
        f" union {_SEEN} union select key_h from moved_key"
    )
    while _add(con, _OF_ONE_CLUSTER):
        pass


def _add(con: duckdb.DuckDBPyConnection, keys: str) -> int:
    """Add the keys of a query to the region; how many are new."""
    return one_number(
        con,
        f"insert into region_key select distinct key_h from ({keys}) anti join region_key"
        " using (key_h)",
    )


# Identifiers of changed keys: since when they were seen, and by whom, depends on all rows.
_SEEN = """
    select identifier_h as key_h from tonight_end semi join changed_key on key_h = identity_h
    union select identifier_h from gone_end
"""
_OF_ONE_CLUSTER = """
    select key_h from kept.key_node semi join (
        select name from kept.key_node semi join region_key using (key_h)) using (name)
    union all
    select key_h from key_name semi join (
        select name from key_name semi join region_key using (key_h)) using (name)
"""


# Identifiers of the part that are nobody's yet: evidence may say that all who have one are one.
_NOBODYS = """
    select identifier_h as key_h from tonight_end semi join region_key on key_h = identity_h
    where owns > 0 and identifier_h not in (select key_h from kept.key_node)
      and identifier_h not in (select key_h from key_name)
"""


def leave_part(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``cluster`` and ``cluster_name`` of the nodes of ``hot``, numbered by their names.

    ``gone_key`` has their keys as they were last night, ``region_key`` those and tonight's, and
    ``region_identifier`` all identifiers of these; ``link`` has the rows with any of them.
    """
    con.execute(
        "create table gone_key as select k.key_h, k.name, k.is_weak, k.known_at, c.customer_id"
        " from kept.key_node k semi join hot using (name) join kept.cluster_customer c using (name)"
    )
    _add(con, "select key_h from gone_key")
    _add(con, "select key_h from key_name semi join hot using (name)")
    _add(con, _NOBODYS)
    con.execute(
        "create table region_identifier as select identifier_h from tonight_end"
        " semi join region_key on key_h = identity_h union select identifier_h from gone_end"
        " union select key_h from region_key"
    )
    fetch_links(
        con,
        "select row_no from tonight_end where identity_h in (select key_h from region_key)"
        " or identifier_h in (select identifier_h from region_identifier)",
    )
    con.execute(
        "create table hot_key as select key_h, name, is_weak from key_name"
        " semi join hot using (name) union all select key_h, name, is_weak from gone_key"
        " anti join part_key using (key_h) anti join kept.late_key using (key_h)"
    )
    con.execute("create table cluster_name as select row_number() over (order by name) - 1"
                " as cluster, name from (select distinct name from hot_key)")  # fmt: skip
    con.execute(
        "create table cluster as select n.cluster, h.is_weak, h.key_h"
        " from hot_key h join cluster_name n using (name)"
    )
