"""The people of a night: connected components of identity keys over the link groups.

Belongs here: clusters, and which key resolves to which cluster. Does not: the names of the
clusters from night to night (permanent.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.decisions import bind_groups
from models.identity.evidence import (
    STRONG,
    WEAK,
    component_labels,
    label_frame,
    listed,
    one_number,
)

if TYPE_CHECKING:
    import duckdb


def make_clusters(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``cluster`` (identity_key, cluster) for all keys that are, or resolve to, a person.

    A strong key is a person by itself. A link group joins the keys of its records; where it has
    one part only it also stands for its people (a row with nothing but that e-mail is theirs).
    Cookies, devices and handles resolve where they were seen with one person, and merge nobody.
    """
    _gather_groups(con)
    bind_groups(con)
    _join_groups(con)
    con.execute(
        f"""
        create table cluster as
        select identity_key, cluster, false as is_weak from strong_cluster
        union all
        select l.identifier_key, min(c.cluster), true
        from link l join strong_cluster c on c.identity_key = l.identity_key
        where l.identifier_type in ({listed(WEAK)}) and not l.is_placeholder
        group by l.identifier_key having count(distinct c.cluster) = 1
        """
    )


def _gather_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``group_member`` (identity_key, hub_group): whom each part of an identifier joins."""
    con.execute(
        """
        create table group_member as
        select o.identity_key, o.identifier_key || '#' || coalesce(p.part, 0) as hub_group
        from owner_link o
        join hub h using (identifier_key)
        left join hub_part p
          on p.identifier_key = o.identifier_key and p.signature_id = o.signature_id
        left join hub_n_parts n on n.identifier_key = o.identifier_key
        left join hub own on own.identifier_key = o.identity_key
        left join hub_n_parts own_parts on own_parts.identifier_key = o.identity_key
        where not h.is_capped and (p.part is not null or coalesce(n.n_parts, 1) = 1)
          -- a key that is itself a shared identifier is nobody, whatever else its row carries
          and not coalesce(own.is_capped, false) and coalesce(own_parts.n_parts, 1) = 1
        union all
        -- the identifier itself, as the key of rows that carry nothing else
        select h.identifier_key, h.identifier_key || '#0'
        from hub h left join hub_n_parts n using (identifier_key)
        where not h.is_capped and coalesce(n.n_parts, 1) = 1
        """
    )


def _join_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``strong_cluster`` (identity_key, cluster): what is connected through any groups."""
    con.execute(
        f"""
        create table node as
        select row_number() over (order by name) - 1 as node, name
        from (
            select distinct hub_group as name from group_member
            union
            select identity_key from group_member
            union
            select l.identity_key from link l left join hub h on h.identifier_key = l.identity_key
            where split_part(l.identity_key, ':', 1) in ({listed(STRONG)})
              and h.identifier_key is null
        )
        """
    )
    edges = con.execute(
        "select a.node as l, b.node as r from group_member g"
        " join node a on a.name = g.identity_key join node b on b.name = g.hub_group"
    ).fetchnumpy()
    count = one_number(con, "select count(*) from node")
    con.register("node_label", label_frame(component_labels(count, edges["l"], edges["r"])))
    con.execute(
        "create table strong_cluster as select n.name as identity_key, l.label as cluster"
        " from node n join node_label l on l.node = n.node where not contains(n.name, '#')"
    )
    con.unregister("node_label")


def count_hub_parts(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``hub_n_parts``: how many groups of people share each hub that was looked into."""
    con.execute(
        "create table hub_n_parts as select identifier_key, count(distinct part) as n_parts"
        " from hub_part group by identifier_key"
    )
