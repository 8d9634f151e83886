"""What identity says of every key and of every identifier: the map and the bridge.

Belongs here: whose each key is, by which rule and since when; who has each identifier. Does not:
finding people or naming them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.evidence import STRONG

if TYPE_CHECKING:
    import datetime as dt

    import duckdb


def make_rules(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``key_rule``: by which exact identifier each key is whose it is."""
    ranked = " ".join(f"when '{name}' then {rank}" for rank, name in enumerate(STRONG))
    con.execute(
        f"""
        create table key_rule as
        select key_h, arg_min(rule, rank) as match_rule from (
            select hash(g.identity_key) as key_h, h.identifier_type as rule,
                   case h.identifier_type {ranked} else 99 end as rank
            from group_member g
            join hub h on h.identifier_h = hash(split_part(g.hub_group, '#', 1))
            where h.n_owners > 1 or g.identity_key = h.identifier_key
        ) group by key_h
        """
    )


def make_map(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make ``identity_map``: every key that resolves, its customer and the rule that says so.

    ``known_at`` says since when a key is known to be this customer's: since it was first known, but
    for a key that another customer had, since the end of the night that learnt better. So what is
    seen as of an earlier day does not know the merge.
    """
    con.execute(
        """
        create table identity_map as
        with seen as (
            select identity_h as seen_h, first_seen_at, known_at from link
            union all
            select identifier_h, first_seen_at, known_at from link
        ), first_seen as (
            select seen_h, min(first_seen_at) as first_seen_at, min(known_at) as known_at
            from seen group by seen_h
        )
        select c.identity_key, cc.customer_id,
               case when c.is_weak then 'seen_together'
                    when p.match_probability is not null then 'evidence'
                    when r.match_rule is null and d.identity_key is not null then 'decision'
                    else coalesce(r.match_rule, 'own_record') end as match_rule,
               case when not c.is_weak then p.match_probability end as match_probability,
               case when not c.is_weak then p.evidence end as evidence, f.first_seen_at,
               case when o.customer_id is null then f.known_at
                    when o.customer_id = cc.customer_id then coalesce(o.known_at, f.known_at)
                    else coalesce(t.known_at, ?::date + interval 1 day) end as known_at
        from cluster c
        join cluster_customer cc using (cluster)
        left join key_rule r using (key_h)
        left join probable_link p on p.cluster = c.own_cluster
        left join first_seen f on f.seen_h = c.key_h
        left join old_map o on o.identity_key = c.identity_key
        left join old_trail t
          on t.identity_key = c.identity_key and t.customer_id = cc.customer_id
        left join (select distinct identity_key from must_key) d
          on d.identity_key = c.identity_key
        """,
        [as_of],
    )


def make_bridge(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``bridge_identity``: every identifier with each customer who has it.

    ``known_map`` is the map of all identifiers in ``link``.
    """
    con.execute(
        """
        create table bridge_identity as
        with held as (
            select l.identifier_h, any_value(l.identifier_type) as identifier_type,
                   any_value(l.identifier_key) as identifier_key, cc.customer_id,
                   max(l.source_system) filter (l.identifier_type = 'source_customer_id')
                       as source_system,
                   max(l.source_customer_id) as source_customer_id,
                   min(l.first_seen_at) as first_seen_at, max(l.last_seen_at) as last_seen_at
            from link l
            join cluster c on c.key_h = l.identity_h
            join cluster_customer cc using (cluster)
            where not l.is_placeholder
            group by l.identifier_h, cc.customer_id
        )
        select h.source_system, h.source_customer_id, h.identifier_type,
               split_part(h.identifier_key, ':', 2) as identifier_hash, h.customer_id,
               coalesce(m.match_rule, 'shared') as match_rule,
               m.match_probability, m.evidence,
               s.identifier_h is not null as is_shared,
               h.first_seen_at, h.last_seen_at, h.identifier_key as identity_key
        from held h
        left join known_map m on hash(m.identity_key) = h.identifier_h
        left join (select identifier_h from held group by identifier_h having count(*) > 1) s
          on s.identifier_h = h.identifier_h
        """
    )
