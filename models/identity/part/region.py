"""Which keys a night must look at again: those that changed, and whom that can touch.

Belongs here: growing what changed to whole people, leaving that part alone in the tables. Does not:
what exact identifiers say of it (clusters.py), nor who is one person (increment.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.arrays.frames import put_texts
from models.identity.arrays.sql import one_number
from models.identity.nights.tonight import fetch_links

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Lookups


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
    put_texts(con, "decided_key", keys)
    return "select hash(k) from decided_key"


def find_region(con: duckdb.DuckDBPyConnection, at: Lookups, decided: str) -> None:
    """Make ``region_key`` (key_h): the keys to look at again, of whole clusters.

    ``region_node`` has of which they were last night.

    Needs what exact identifiers say of the part (clusters.find_clusters).
    """
    con.execute(
        f"create table region_key as select key_h from changed_key union ({decided})"
        f" union {_SEEN} union select key_h from moved_key"
    )
    n_more = 1
    while n_more:
        at.nodes.find(con, "region_node", "key_h", "from region_key")
        at.nodes.find(con, "of_one_node", "name", "select name from region_node")
        n_more = _add(con, _OF_ONE_CLUSTER)


def _add(con: duckdb.DuckDBPyConnection, keys: str) -> int:
    """Add the keys of a query to the region; how many are new."""
    return one_number(
        con,
        f"insert into region_key select distinct key_h from ({keys}) anti join region_key"
        " using (key_h)",
    )


# Identifiers of changed keys: since when they were seen, and by whom, depends on all rows.
_SEEN = """
    select identifier_h as key_h from changed_end union select identifier_h from gone_end
"""
_OF_ONE_CLUSTER = """
    select key_h from of_one_node
    union all
    select key_h from key_name semi join (
        select name from key_name semi join region_key using (key_h)) using (name)
"""


# Identifiers of the part that are nobody's yet: evidence may say that all who have one are one.
_NOBODYS = """
    select identifier_h as key_h from region_end
    where owns > 0 and identifier_h not in (select key_h from held_node)
      and identifier_h not in (select key_h from key_name)
"""


def leave_part(con: duckdb.DuckDBPyConnection, at: Lookups) -> None:
    """Make ``cluster`` and ``cluster_name`` of the nodes of ``hot``, numbered by their names.

    ``gone_key`` has their keys as they were last night, ``region_key`` those and tonight's, and
    ``region_identifier`` all identifiers of these; ``link`` has the rows with any of them. Of these
    ``region_end`` has the links of keys, ``region_hub_end`` those of identifiers.
    """
    at.nodes.find(con, "gone_node", "name", "from hot")
    con.execute(
        "create table gone_key as select k.key_h, k.name, k.is_weak, k.known_at, c.customer_id"
        " from gone_node k join kept.cluster_customer c using (name)"
    )
    _add(con, "select key_h from gone_key")
    _add(con, "select key_h from key_name semi join hot using (name)")
    at.ends.find(con, "region_end", "identity_h", "from region_key")
    at.nodes.find(con, "held_node", "key_h", "select identifier_h from region_end where owns > 0")
    _add(con, _NOBODYS)
    at.ends.find(con, "region_end", "identity_h", "from region_key")
    con.execute(
        "create table region_identifier as select identifier_h from region_end"
        " union select identifier_h from gone_end union select key_h from region_key"
    )
    at.ends.find(con, "region_hub_end", "identifier_h", "from region_identifier")
    con.execute("create temp table link_of_part as from region_end union from region_hub_end")
    fetch_links(con, "link_of_part")
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
