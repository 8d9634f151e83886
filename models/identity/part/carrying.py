"""The part that a night has worked out anew, put in the place of what was kept of it.

Belongs here: giving names, map, bridge and groups of the part to the steps of a full run, and
bringing ``kept`` up to tonight. Does not: who is one person (increment.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.arrays.keys import Keys, lay
from models.identity.arrays.sql import one_number
from models.identity.nights import kept, tally
from models.identity.people.mapping import RULES, Told, keep_nodes

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Arrays, Stored


def read_old(con: duckdb.DuckDBPyConnection, keys: Keys, nodes: Arrays | Stored) -> None:
    """Make the tables of last night that naming needs, of the part's customers.

    ``gone_customer`` has those who had them (``gone_key``), ``beside_key`` the keys outside that
    share identifiers with it.
    """
    con.execute("create table gone_customer as select distinct customer_id from gone_key")
    nodes.find(con, "beside_node", "key_h", "select unnest([identifier_h, identity_h]) from link")
    con.execute("delete from beside_node where name in (from hot)")
    con.execute(
        f"""
        create table beside_key as
        select k.key_h, c.customer_id, {list(RULES)}[k.rule + 1] as match_rule,
               case when not k.is_weak then c.match_probability end as match_probability,
               case when not k.is_weak then c.evidence end as evidence
        from kept.key_node k semi join beside_node using (key_h)
        join kept.cluster_customer c using (name)
        """
    )
    con.execute("create view old_map as from gone_key")
    shown = con.execute("select key_h from gone_key").fetchnumpy()
    lay(con, keys, "gone_text", keys.among(shown["key_h"]), {"key_h": keys.hashes})
    con.execute("create table old_text as select key_h, identity_key from gone_text")
    kept.add_lost_texts(con, "old_text", "gone_key")
    con.execute("create view old_customer as select *, hash(customer_id) as customer_h"
                " from last_customer")  # fmt: skip
    con.execute("create table old_trail as from last_identity_trail")
    con.execute(
        "create table outer_holder as select distinct customer_id from old_trail"
        " where hash(identity_key) in (select key_h from cluster)"
        " and hash(customer_id) in (select customer_h from kept.cluster_customer)"
        " and customer_id not in (from gone_customer)"
    )
    con.execute("create or replace view key_rule as from kept.key_rule semi join cluster"
                " using (key_h)")  # fmt: skip


def widen_places(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``place`` who else is at the part's places, now or last night; make ``old_group``."""
    con.execute("create table place_now as from place")
    con.execute(
        """
        insert into place
        select k.* from kept.place k semi join (
            select kind, place from place_now
            union select kind, place from kept.place semi join gone_customer using (customer_id)
        ) using (kind, place) anti join gone_customer using (customer_id)
        """
    )
    con.execute(
        "create table old_group as from last_customer_group semi join ("
        " select kind, customer_id from place union select kind, customer_id from"
        " last_customer_group semi join gone_customer using (customer_id))"
        " using (kind, customer_id)"
    )
    con.execute("create view group_taken as select group_id from last_customer_group")
    con.execute("create table old_group_trail as from last_group_trail")


def add_context(con: duckdb.DuckDBPyConnection) -> None:
    """Add the keys outside that share identifiers with the part, as they were last night."""
    con.execute(
        """
        create table context_key as
        select k.key_h, k.customer_id, dense_rank() over (order by k.customer_id)
               + (select coalesce(max(cluster), 0) from cluster) as cluster
        from beside_key k
        """
    )
    con.execute("insert into cluster by name select cluster, true as is_weak, key_h,"
                " cluster as own_cluster from context_key")  # fmt: skip
    con.execute("insert into cluster_customer by name"
                " select distinct cluster, customer_id from context_key")  # fmt: skip


def carry(con: duckdb.DuckDBPyConnection, keys: Keys, told: Told) -> None:
    """Bring ``kept`` up to tonight, but for what evidence has (increment.find_people).

    Makes what the files change by (state.write_part).
    """
    keep_nodes(con, keys, told, "key_person")
    tally.recount(con)
    for table, now in (("key_node", "from key_person"), ("cluster_customer", kept.CLUSTERS)):
        con.execute(f"delete from kept.{table} where name in (from hot)")
        con.execute(f"insert into kept.{table} {now}")
    con.execute("create view gone_identity_map as select identity_key from old_text")
    _hold(con)
    con.execute("delete from kept.place where customer_id in (from gone_customer)")
    con.execute("insert into kept.place from place_now")
    con.execute("create view gone_customer_group as select kind, customer_id from old_group")


def _hold(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``held``, the bridge's rows of the part, and ``gone_bridge_identity``: their keys.

    Of an identifier that nobody has any more only the hash is known: those are looked for.
    """
    con.execute(
        "create table held as from bridge_identity"
        " where hash(identity_key) in (select identifier_h from region_identifier)"
    )
    # a key outside that is an identifier of the part as well is whose it was, by what it was
    con.execute(
        "update held set match_rule = b.match_rule, match_probability = b.match_probability,"
        " evidence = b.evidence from beside_key b where b.key_h = hash(held.identity_key)"
    )
    con.execute("create table gone_bridge_identity as select distinct identity_key from held")
    con.execute(
        "create temp table lost as select identifier_h from region_identifier anti join"
        " (select hash(identity_key) as identifier_h from held) using (identifier_h)"
    )
    if one_number(con, "select count(*) from lost"):
        con.execute(
            "insert into gone_bridge_identity select distinct identity_key"
            " from last_bridge_identity where hash(identity_key) in (from lost)"
        )
