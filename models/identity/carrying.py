"""The part that a night has worked out anew, put in the place of what was kept of it.

Belongs here: giving names, map, bridge and groups of the part to the steps of a full run, and
bringing ``kept`` up to tonight. Does not: who is one person (increment.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity import kept, tally

if TYPE_CHECKING:
    import duckdb


def read_old(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of last night that naming needs, of the part's customers.

    ``gone_customer`` has those who had keys of the part; a full run's ``old_holder`` is everybody.
    """
    con.execute("create table gone_customer as select distinct customer_id from kept.identity_map"
                " semi join hot using (name)")  # fmt: skip
    con.execute("create table gone_key as select key_h from kept.identity_map"
                " semi join hot using (name)")  # fmt: skip
    con.execute(
        "create table last_key as select * from (select hash(identity_key) as key_h, *"
        " from last_identity_map) where key_h in (from gone_key)"
        " or key_h in (select identifier_h from link)"
    )
    con.execute("create view old_map as from last_key semi join gone_key using (key_h)")
    con.execute("create view old_customer as from last_customer")
    con.execute("create table old_trail as from last_identity_trail")
    con.execute(
        "create table old_holder as from gone_customer union select distinct customer_id"
        " from kept.identity_map semi join (select customer_id from old_trail) using (customer_id)"
    )
    con.execute("create table outer_holder as from old_holder except from gone_customer")


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


def add_context(con: duckdb.DuckDBPyConnection) -> None:
    """Add the keys outside that share identifiers with the part, as they were last night."""
    con.execute(
        """
        create table context_key as
        select k.identity_key, k.key_h, k.customer_id, -dense_rank() over (order by k.customer_id)
               as cluster
        from kept.identity_map k semi join (select identity_h as key_h from link) using (key_h)
        anti join hot using (name)
        """
    )
    con.execute("insert into cluster by name select identity_key, cluster, true as is_weak, key_h,"
                " cluster as own_cluster from context_key")  # fmt: skip
    con.execute("insert into cluster_customer by name"
                " select distinct cluster, customer_id from context_key")  # fmt: skip
    con.execute(
        f"create view known_key as select {_TOLD} from key_told"
        f" union all select {_TOLD} from last_key anti join gone_key using (key_h)"
    )


_TOLD = "key_h, match_rule, match_probability, evidence"


def carry(con: duckdb.DuckDBPyConnection) -> None:
    """Bring ``kept`` up to tonight, but for what evidence has (increment.find_people).

    Makes ``whole_map``, ``whole_bridge`` and ``whole_group``: last night's rows and the part's.
    """
    con.execute(f"create temp table mapped as {kept.NAMED_KEY}")
    tally.recount(con)
    con.execute("delete from kept.identity_map where name in (from hot)")
    con.execute("insert into kept.identity_map from mapped")
    con.execute(
        "create view whole_map as from last_identity_map"
        " where hash(identity_key) not in (from gone_key) union all from identity_map"
    )
    of_part = "in (select identifier_h from region_identifier)"
    con.execute(
        "create view whole_bridge as from last_bridge_identity"
        f" where hash(identity_key) not {of_part}"
        f" union all from bridge_identity where hash(identity_key) {of_part}"
    )
    con.execute("delete from kept.place where customer_id in (from gone_customer)")
    con.execute("insert into kept.place from place_now")
    con.execute(
        "create view whole_group as from last_customer_group"
        " where customer_id not in (from gone_customer)"
        " and (kind, customer_id) not in (select (kind, customer_id) from place)"
        " union all from customer_group"
    )
