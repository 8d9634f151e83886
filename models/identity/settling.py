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


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``cluster`` the keys of ``unsettled`` (key_h) whose holders are all one customer.

    ``late_key`` has them. They are of the least node of the customer's that has them, so that a
    night in part looks at them again with that customer.
    """
    con.execute(
        """
        create table late_key as
        select l.identifier_h as key_h, min(c.cluster) as cluster,
               min(c.own_cluster) as own_cluster
        from link l
        semi join unsettled u on u.key_h = l.identifier_h
        join cluster c on c.key_h = l.identity_h and not c.is_weak
        where not l.is_placeholder
        group by l.identifier_h having min(c.cluster) = max(c.cluster)
        """
    )
    con.execute("insert into cluster by name select *, true as is_weak from late_key")


def settle_all(con: duckdb.DuckDBPyConnection) -> None:
    """Settle what exact identifiers left of everything (components.make_clusters)."""
    settle(con)
    con.execute("create table kept.late_key as select key_h from late_key")


def settle_part(con: duckdb.DuckDBPyConnection) -> None:
    """Settle what exact identifiers leave of the part, and bring ``kept.late_key`` up to tonight.

    What anybody outside has as well is not theirs alone, and what resolves there is settled.
    """
    con.execute(
        """
        create temp table unsettled as
        with asked as (
            select identifier_h, identity_h from tonight_end
            semi join region_identifier using (identifier_h)
            where owns > 0 and identifier_h not in (select key_h from cluster)
        ), outside as (
            select key_h, is_weak from kept.key_node anti join hot using (name)
            where key_h in (select identifier_h from asked union all select identity_h from asked)
        )
        select distinct identifier_h as key_h from asked
        where identifier_h not in (select key_h from outside)
          and identifier_h not in (
              select a.identifier_h from asked a
              join outside o on o.key_h = a.identity_h and not o.is_weak)
        """
    )
    settle(con)
    con.execute("delete from kept.late_key where key_h in (from region_key)")
    con.execute("insert into kept.late_key select key_h from late_key")


#: SQL of the nodes (name) of customers who are left alone with an identifier that changed keys had:
#: nobody in ``hot`` has it any more, and one customer of several nodes, whom nothing else touches.
LEFT_ALONE = """
    with asked as (
        select identifier_h from tonight_end semi join region_key on key_h = identity_h
        where owns > 0
        union select identifier_h from gone_end
    ), seen as (
        select identifier_h, identity_h from tonight_end semi join asked using (identifier_h)
        where owns > 0
    ), resolved as (
        select key_h, name from key_name
        where not is_weak and key_h in (select identity_h from seen)
        union all
        select key_h, name from kept.key_node anti join part_key using (key_h)
        where not is_weak and key_h in (select identity_h from seen)
    ), holder as (
        select distinct s.identifier_h, r.name, m.customer_h
        from seen s join resolved r on r.key_h = s.identity_h
        left join (select k.key_h, c.customer_h from kept.key_node k
                   join kept.cluster_customer c using (name)) m on m.key_h = s.identity_h
    )
    select name from holder where identifier_h in (
        select identifier_h from holder left join (select name as hot_name from hot) h
          on h.hot_name = name
        group by identifier_h
        having count(h.hot_name) = 0 and count(distinct name) > 1
           and min(customer_h) = max(customer_h))
"""
