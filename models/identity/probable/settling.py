"""Identifiers that several had until evidence said who is one person: now they are that person's.

Belongs here: whose an identifier is that exact identifiers alone leave to nobody, a cookie seen
with two records or an e-mail that two have, where evidence makes one customer of all of them. Does
not: who is one person, nor what exact identifiers resolve (components.py).

It comes after evidence and is no evidence itself: nobody is merged by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Lookups


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``cluster`` the keys of ``unsettled`` (key_h) whose holders are all one customer.

    ``late_key`` has them. They are of the least node of the customer's that has them, so that a
    night in part looks at them again with that customer.
    """
    # few are: their links are looked for first, and then alone whose these are
    con.execute(
        "create temp table unsettled_link as select identifier_h, identity_h from link"
        " where identifier_h in (from unsettled) and not is_placeholder"
    )
    con.execute(
        """
        create table late_key as
        select l.identifier_h as key_h, min(c.cluster) as cluster,
               min(c.own_cluster) as own_cluster
        from unsettled_link l
        join cluster c on c.key_h = l.identity_h and not c.is_weak
        group by l.identifier_h having min(c.cluster) = max(c.cluster)
        """
    )
    con.execute("drop table unsettled_link")
    con.execute("insert into cluster by name select *, true as is_weak from late_key")


def settle_all(con: duckdb.DuckDBPyConnection) -> None:
    """Settle what exact identifiers left of everything (components.make_clusters)."""
    settle(con)
    con.execute("create table kept.late_key as select key_h from late_key")


def settle_part(con: duckdb.DuckDBPyConnection, at: Lookups) -> None:
    """Settle what exact identifiers leave of the part, and bring ``kept.late_key`` up to tonight.

    What anybody outside has as well is not theirs alone, and what resolves there is settled.
    """
    con.execute("create temp table asked_end as select identifier_h, identity_h from region_hub_end"
                " where owns > 0 and identifier_h not in (select key_h from cluster)")  # fmt: skip
    at.nodes.find(con, "asked_node", "key_h",
                  "select unnest([identifier_h, identity_h]) from asked_end")  # fmt: skip
    con.execute(
        """
        create temp table unsettled as
        with outside as (
            select key_h, is_weak from asked_node anti join hot using (name)
        )
        select distinct identifier_h as key_h from asked_end
        where identifier_h not in (select key_h from outside)
          and identifier_h not in (
              select a.identifier_h from asked_end a
              join outside o on o.key_h = a.identity_h and not o.is_weak)
        """
    )
    settle(con)
    con.execute("delete from kept.late_key where key_h in (from region_key)")
    con.execute("insert into kept.late_key select key_h from late_key")


def find_left_alone(con: duckdb.DuckDBPyConnection, at: Lookups) -> None:
    """Add to ``hot`` the nodes (name) of customers left alone with what changed keys had.

    Nobody in ``hot`` has the identifier any more, and one customer of several nodes does, whom
    nothing else touches.
    """
    at.ends.find(con, "had_end", "identity_h", "from region_key")
    at.ends.find(
        con, "held_end", "identifier_h",
        "select identifier_h from had_end where owns > 0 union select identifier_h from gone_end",
    )  # fmt: skip
    at.nodes.find(con, "holder_node", "key_h", "select identity_h from held_end where owns > 0")
    con.execute(
        """
        insert into hot
        with resolved as (
            select key_h, name from key_name where not is_weak
            union all
            select key_h, name from holder_node anti join part_key using (key_h) where not is_weak
        ), holder as (
            select distinct s.identifier_h, r.name, m.customer_h
            from held_end s join resolved r on r.key_h = s.identity_h
            left join (select k.key_h, c.customer_h from holder_node k
                       join kept.cluster_customer c using (name)) m on m.key_h = s.identity_h
            where s.owns > 0
        )
        select distinct name from holder where identifier_h in (
            select identifier_h from holder left join (select name as hot_name from hot) h
              on h.hot_name = name
            group by identifier_h
            having count(h.hot_name) = 0 and count(distinct name) > 1
               and min(customer_h) = max(customer_h))
          and name not in (from hot)
        """
    )
