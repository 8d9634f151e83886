"""The people of a night: connected components of identity keys over the link groups.

Belongs here: clusters, and which key resolves to which cluster. Does not: the names of the
clusters from night to night (permanent.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.decisions import bind_groups
from models.identity.evidence import (
    CONTACTS,
    STRONG,
    WEAK,
    component_labels,
    label_frame,
    listed,
    one_number,
)

if TYPE_CHECKING:
    import duckdb

#: Of so many keys nobody is one person by chains of contacts alone, and what such chains go by is
#: left out, the weakest first.
LARGEST, WEAKEST = 200, ("phone", "email", "loyalty_id")
_SCRATCH = ("owner_link", "said", "signature", "node", "strong_key", "name_text", "given_word")


def make_clusters(con: duckdb.DuckDBPyConnection, cap: int) -> None:
    """Make ``cluster`` (identity_key, cluster) for all keys that are, or resolve to, a person.

    A strong key is a person by itself. A link group joins the keys of its records; where it has
    one part only it also stands for its people (a row with nothing but that e-mail is theirs).
    Cookies, devices and handles resolve where they were seen with one person, and merge nobody; so
    does an identifier that stands for nobody by itself, when all who have it turn out to be one.

    Args:
        con: A connection with what evidence.py and sharing.py have made.
        cap: The most records that one identifier may link, where they differ.
    """
    _gather_groups(con)
    bind_groups(con)
    con.execute(
        "create temp table nobodys as select identifier_h from hub left join hub_n_parts"
        " using (identifier_key) where is_capped or n_parts > 1"
    )
    for kind in (*WEAKEST, None):
        largest = _join_groups(con)
        if largest <= LARGEST or kind is None:
            break
        _cut(con, kind, cap)
    # What millions of links were worked out with is memory that the next steps need.
    for table in _SCRATCH:
        con.execute(f"drop table {table}")
    con.execute(
        f"""
        create table cluster as
        select identity_key, cluster, false as is_weak, key_h from strong_cluster
        union all
        select l.identifier_key, min(c.cluster), true, hash(l.identifier_key)
        from link l join strong_cluster c on c.key_h = l.identity_h
        where (l.identifier_type in ({listed(WEAK)}) or l.identifier_h in (
                select identifier_h from nobodys anti join strong_cluster on key_h = identifier_h))
          and not l.is_placeholder
        group by l.identifier_key having count(distinct c.cluster) = 1
        """
    )
    con.execute("drop table strong_cluster; drop table nobodys")


def _gather_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``group_member`` (identity_key, hub_group): whom each part of an identifier joins."""
    con.execute(
        f"""
        create table group_member as
        select o.identity_key, o.identifier_key || '#' || coalesce(p.part, 0) as hub_group
        from owner_link o
        join hub h using (identifier_h)
        left join of_several s on s.identity_h = o.identity_h
        left join hub_part p
          on p.identifier_key = o.identifier_key and p.signature_id = o.signature_id
        left join hub_n_parts n on n.identifier_key = o.identifier_key
        left join hub own on own.identifier_h = o.identity_h
        left join hub_n_parts own_parts on own_parts.identifier_key = o.identity_key
        where not h.is_capped and (coalesce(n.n_parts, 1) = 1 or (p.part is not null
            and (s.identity_h is null or o.identifier_type not in ({listed(CONTACTS)}))))
          -- a key that is itself a shared identifier is nobody, whatever else its row carries
          and not coalesce(own.is_capped, false) and coalesce(own_parts.n_parts, 1) = 1
        union all
        -- the identifier itself, as the key of rows that carry nothing else
        select h.identifier_key, h.identifier_key || '#0'
        from hub h left join hub_n_parts n using (identifier_key)
        where not h.is_capped and coalesce(n.n_parts, 1) = 1
        """
    )


def _join_groups(con: duckdb.DuckDBPyConnection) -> int:
    """Make ``strong_cluster`` (identity_key, cluster, key_h): what any groups connect.

    Nodes are numbered in the order of their hashes, so the same every night.

    Returns:
        How many keys the largest cluster has.
    """
    import numpy as np

    con.execute(
        f"""
        create or replace temp table strong_key as
        select key_h, any_value(identity_key) as identity_key from (
            select identity_key, hash(identity_key) as key_h from group_member
            union all
            select l.identity_key, l.identity_h
            from link l anti join hub h on h.identifier_h = l.identity_h
            where split_part(l.identity_key, ':', 1) in ({listed(STRONG)})
        ) group by key_h
        """
    )
    con.execute(
        """
        create or replace table node as
        select row_number() over (order by h) - 1 as node, h
        from (select key_h as h from strong_key union select hash(hub_group) from group_member)
        """
    )
    edges = con.execute(
        "select a.node as l, b.node as r from group_member g"
        " join node a on a.h = hash(g.identity_key) join node b on b.h = hash(g.hub_group)"
    ).fetchnumpy()
    count = one_number(con, "select count(*) from node")
    labels = component_labels(count, edges["l"], edges["r"])
    con.register("node_label", label_frame(labels))
    con.execute(
        "create or replace table strong_cluster as"
        " select k.identity_key, l.label as cluster, k.key_h"
        " from strong_key k join node n on n.h = k.key_h join node_label l on l.node = n.node"
    )
    # A cluster is known by the least hash of what it is made of, from night to night.
    con.execute(
        "create or replace table cluster_name as select l.label as cluster, min(n.h) as name"
        " from node n join node_label l on l.node = n.node group by l.label"
    )
    con.unregister("node_label")
    is_key = np.ones(count, dtype=bool)
    is_key[edges["r"]] = False
    return int(np.bincount(labels[is_key], minlength=1).max())


def _cut(con: duckdb.DuckDBPyConnection, kind: str, cap: int) -> None:
    """Change ``group_member``: no group of a kind of identifier in clusters that are too large.

    One over the cap links people of whom each record says all, and is no chain.
    """
    con.execute(
        f"""
        create or replace temp table cut as
        select distinct hub_group from group_member where starts_with(hub_group, '{kind}:')
        and hash(identity_key) in (
            select key_h from strong_cluster where cluster in (
                select cluster from strong_cluster group by cluster having count(*) > {LARGEST}))
        and hub_group not in (
            select hub_group from group_member group by hub_group having count(*) > {cap + 1})
        """
    )
    con.execute("delete from group_member where hub_group in (from cut)")
    con.execute("insert into nobodys select hash(split_part(hub_group, '#', 1)) from cut")


def count_hub_parts(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``hub_n_parts``: how many groups of people share each hub that was looked into.

    A record that could be either of two people is one for itself on each of its contacts.
    """
    con.execute(
        f"""
        create table hub_n_parts as
        with doubted as (
            select identifier_key, identity_h as part
            from owner_link semi join of_several using (identity_h)
            where identifier_type in ({listed(CONTACTS)})
        )
        select identifier_key, count(distinct part) as n_parts from (
            select identifier_key, part::ubigint as part from hub_part
            union all
            select identifier_key, part from doubted
            union all
            select identifier_key, 0 from owner_link
            semi join doubted using (identifier_key) anti join of_several using (identity_h)
            anti join hub_part using (identifier_key)
            where signature_id is not null
        ) group by identifier_key
        """
    )
