"""What exact identifiers say of the part of a night that changes can touch.

Belongs here: how far that part goes, and its clusters. Does not: any rule (components.py), whom
changes leave in doubt (touched.py), nor evidence (increment.py).

A night asks twice: whom changes leave in doubt or take out of it, among those who share something
with a changed key; then who is one person, among all who share something with any of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.identity.arrays.frames import Texts, put, put_texts
from models.identity.arrays.keys import number_keys
from models.identity.arrays.sql import one_number
from models.identity.exact.components import count_hub_parts, join_strong
from models.identity.exact.decisions import Decision, stage_decisions
from models.identity.exact.sharing import split_hubs
from models.identity.nights.tonight import OWNS, OWNS_ALL, SEEN_WITH
from models.identity.part import touched
from models.identity.people.mapping import make_rules

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Lookups


def find_clusters(
    con: duckdb.DuckDBPyConnection,
    at: Lookups,
    decisions: Sequence[Decision],
    decided: str,
    cap: int,
) -> None:
    """Make ``key_name`` (key_h, name, is_weak): clusters of exact identifiers.

    Those of ``part_key`` (key_h), whom changes can touch; all others are in ``kept.key_node``
    as they were. ``moved_key`` has those of whom anything is said otherwise. Brings up to tonight
    what ``kept`` has of exact identifiers.

    Args:
        con: A connection with what changed (tonight.find_changed).
        at: What can be looked up.
        decisions: All that stand.
        decided: SQL of the keys (key_h) whose decisions changed.
        cap: The most records that one identifier may link.
    """
    touched.find_doubted(con, at, cap)
    _note_standing(con, decisions)
    _find_part(con, at, decided, cap)
    touched.bring(con, at, "part_key", cap)
    split_hubs(con)
    con.execute(
        "create table of_several as select distinct identity_h from owner_link where"
        " identity_h in (from kept.local_doubt union all from kept.namesake_doubt)"
    )
    count_hub_parts(con)
    stage_decisions(con, decisions, "select identity_h from own_end")
    of_link = number_keys(con)
    join_strong(con, of_link, cap, "part_key")
    make_rules(con, of_link)
    _name_keys(con, at)
    _note_moved(con)
    touched.drop_scratch(con)
    con.execute("create view of_several as from kept.local_doubt union from kept.namesake_doubt")
    keys = [key for each in decisions for key in (*each.left, *each.right)]
    put_texts(con, "asked_key_text", keys)
    at.ends.find(con, "decided_end", "identity_h", "select hash(k) from asked_key_text")
    stage_decisions(con, decisions, "select identity_h from decided_end")


def _note_standing(con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Make ``standing`` (decision, key_h): of whom decisions are that stand."""
    told = [(n, key) for n, each in enumerate(decisions) for key in (*each.left, *each.right)]
    put(con, "standing_text", {
        "decision": np.array([n for n, _ in told], dtype=np.int32),
        "k": Texts([key for _, key in told], np.arange(len(told))),
    })  # fmt: skip
    con.execute("create temp table standing as select decision, hash(k) as key_h"
                " from standing_text")  # fmt: skip


def _find_part(con: duckdb.DuckDBPyConnection, at: Lookups, decided: str, cap: int) -> None:
    """Make ``part_key`` (key_h): whose cluster, rule or doubt can change, in whole clusters.

    ``part_node`` has of which they were last night.
    """
    owns = f"owns in ({OWNS}, {OWNS_ALL})"
    at.ends.find(con, "doubted_own", "identity_h", "from doubted_key")
    con.execute("create temp table doubted_hub as select distinct identifier_h as hub"
                f" from doubted_own where {owns}")  # fmt: skip
    at.ends.find(con, "doubted_end", "identifier_h", "from doubted_hub")
    con.execute(
        f"""
        create table part_key as
        with capped as (
            {touched.capped_sql("doubted_end", cap)}
        )
        select key_h from near_key union select hub from touched_hub union ({decided})
        union select key_h from doubted_key union select hub from doubted_hub
        union select identity_h from doubted_end
        anti join capped on capped.hub = identifier_h where {owns}
        """
    )
    more = """
        insert into part_key select key_h from (
            select key_h from of_one_node
            union select key_h from kept.bound_key
            where name in (select name from kept.bound_key semi join part_key using (key_h))
            union select identifier_h from part_end where owns > 0
            -- a decision of one who was away, or nobody, binds the other side since they are back
            union select key_h from standing where decision in (
                select decision from standing semi join part_key using (key_h))
        ) anti join part_key using (key_h)
    """
    n_more = 1
    while n_more:
        at.nodes.find(con, "part_node", "key_h", "from part_key")
        at.nodes.find(con, "of_one_node", "name", "select name from part_node")
        at.ends.find(con, "part_end", "identity_h", "from part_key")
        n_more = one_number(con, more)


def _name_keys(con: duckdb.DuckDBPyConnection, at: Lookups) -> None:
    """Make ``key_name`` of the clusters of ``part_key``, and of what was seen with one alone."""
    con.execute(
        """
        create table key_name as
        select k.key_h, n.name, false as is_weak
        from strong_cluster k join cluster_name n using (cluster)
        """
    )
    at.ends.find(con, "seen_end", "identifier_h", "from part_key")
    at.nodes.find(con, "seen_node", "key_h", "select identity_h from seen_end")
    con.execute(
        f"""
        insert into key_name
        with seen as (
            select identifier_h, identity_h from seen_end where owns = {SEEN_WITH}
            or (owns > 0 and identifier_h in (select identifier_h from nobodys anti join key_name
                                              on key_h = identifier_h))
        ), named as (
            select key_h as identity_h, name from key_name
            union all
            select key_h, name from seen_node anti join part_key using (key_h) where not is_weak
        )
        select s.identifier_h, min(n.name), true
        from seen s join named n using (identity_h)
        group by s.identifier_h having count(distinct n.name) = 1
        """
    )
    con.execute("drop table strong_cluster; drop table nobodys")
    con.execute("drop table cluster_name")


def _note_moved(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``moved_key`` (key_h), and bring up to tonight what ``kept`` has of ``part_key``."""
    con.execute(
        """
        create table moved_key as
        select coalesce(n.key_h, k.key_h) as key_h from key_name n
        full join (from part_node anti join kept.late_key using (key_h)) k on k.key_h = n.key_h
        where n.name is distinct from k.name or n.is_weak is distinct from k.is_weak
        union
        select coalesce(r.key_h, k.key_h) from key_rule r
        full join (from kept.key_rule semi join part_key using (key_h)) k on k.key_h = r.key_h
        where r.rule is distinct from k.rule
        union select key_h from doubted_key
        """
    )
    for table in ("key_rule", "bound_key"):
        con.execute(f"delete from kept.{table} where key_h in (from part_key)")
        con.execute(f"insert into kept.{table} from {table}")
        con.execute(f"drop table {table}")
    con.execute("create view key_rule as from kept.key_rule")
