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
    con.execute(
        f"""
        create table key_rule as
        select g.identity_h as key_h, {list(STRONG)}[min(g.kind)] as match_rule
        from group_member g
        where (g.identity_h = g.identifier_h
               or g.identifier_h in (select identifier_h from hub where n_owners > 1))
          and g.kind > 0
        group by g.identity_h
        """
    )


def make_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``key_text``: each key of ``link`` as it is, once; all else knows it by its hash.

    Columns: key_h, identity_key, and of identifiers identifier_type, source_system and
    source_customer_id.
    """
    con.execute(
        "create temp table identifier_at as select identifier_h, min(row_no) as row_no from link"
        " group by identifier_h"
    )
    con.execute(
        """
        create table key_text as
        select i.identifier_h as key_h, t.identifier_key as identity_key, t.identifier_type,
               t.source_system, t.source_customer_id
        from link_text t join identifier_at i using (row_no)
        union all
        select k.identity_h, t.identity_key, null, null, null
        from link_text t join (
            select identity_h, min(row_no) as row_no from link
            anti join identifier_at i on i.identifier_h = identity_h group by identity_h
        ) k using (row_no)
        """
    )
    con.execute("drop table identifier_at")


def make_map(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make ``identity_map``: every key that resolves, its customer and the rule that says so.

    It is a view of ``key_person`` (key_h, own_cluster, is_weak, match_rule, first_seen_at,
    known_at), so that texts, ids and evidence are not written for each key before they are written
    to a file, and has also what exact identifiers made of the key (key_h, name, is_weak).

    ``known_at`` says since when a key is known to be this customer's: since it was first known, a
    cookie or the like since it was first known to have been seen with them (since tonight where it
    is theirs because others are them by now), and a key that another customer had since the end of
    the night that learnt better. So what is seen as of an earlier day knows neither the merge nor
    whose cookie it was to become.
    """
    _note_seen(con, as_of)
    con.execute(
        """
        create table key_person as
        select c.key_h, c.own_cluster, c.is_weak,
               case when c.is_weak then 'seen_together'
                    when p.cluster is not null then 'evidence'
                    when r.match_rule is null and d.key_h is not null then 'decision'
                    else coalesce(r.match_rule, 'own_record') end as match_rule,
               f.first_seen_at,
               case when o.customer_id is null then coalesce(w.known_at, f.known_at)
                    when h.key_h is null then coalesce(o.known_at, f.known_at)
                    else coalesce(t.known_at, ?::date + interval 1 day) end as known_at
        from cluster c
        left join key_rule r using (key_h)
        left join (select cluster from probable_link where match_probability is not null) p
          on p.cluster = c.own_cluster
        left join first_seen f on f.seen_h = c.key_h
        left join tied w on w.key_h = c.key_h
        left join old_map o on o.key_h = c.key_h
        left join other_hands h on h.key_h = c.key_h
        left join old_trail t
          on hash(t.identity_key) = c.key_h and t.customer_id = h.customer_id
        left join (select distinct hash(identity_key) as key_h from must_key) d
          on d.key_h = c.key_h
        """,
        [as_of],
    )
    con.execute("drop table first_seen; drop table tied")
    # What is said of a cluster is joined last, to rows of numbers: most of it is long.
    con.execute(
        """
        create table cluster_told as
        select n.cluster as own_cluster, n.name, c.customer_id, p.match_probability, p.evidence
        from cluster_name n
        left join probable_link p on p.cluster = n.cluster
        join cluster_customer c on c.cluster = coalesce(p.joined_cluster, n.cluster)
        """
    )
    con.execute(
        """
        create view identity_map as
        select k.key_h, t.identity_key, c.name, k.is_weak, c.customer_id, k.match_rule,
               case when not k.is_weak then c.match_probability end as match_probability,
               case when not k.is_weak then c.evidence end as evidence, k.first_seen_at, k.known_at
        from key_text t join key_person k using (key_h) left join cluster_told c using (own_cluster)
        """
    )


def _note_seen(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make ``first_seen`` (seen_h) of all keys, and ``tied`` (key_h) of what was seen with one."""
    con.execute(
        """
        create temp table first_seen as
        select seen_h, min(first_seen_at) as first_seen_at, min(known_at) as known_at from (
            select identity_h as seen_h, first_seen_at, known_at from link
            union all
            select identifier_h, first_seen_at, known_at from link where identifier_h <> identity_h
        ) group by seen_h
        """
    )
    con.execute(
        """
        create temp table tied as
        select w.key_h, case when count(h.key_h) > 0 then ?::date + interval 1 day
                             else min(l.known_at) end as known_at
        from link l
        join cluster w on w.key_h = l.identifier_h and w.is_weak
        join cluster s on s.key_h = l.identity_h and not s.is_weak
        left join other_hands h on h.key_h = s.key_h
        where not l.is_placeholder group by w.key_h
        """,
        [as_of],
    )


def make_bridge(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``bridge_identity``: every identifier with each customer who has it.

    It is a view of ``holder``, which says so with clusters. ``known_key`` is what is known of all
    identifiers in ``link``: key_h, match_rule, match_probability, evidence; or told_by, the cluster
    whose both are in ``probable_link``.
    """
    held = (
        "select l.identifier_h, min(l.first_seen_at) as first_seen_at,"
        " max(l.last_seen_at) as last_seen_at, {} as is_shared, min(c.cluster) as cluster"
        " from link l join cluster c on c.key_h = l.identity_h where not l.is_placeholder {}"
    )
    one = held.format("min(c.cluster) <> max(c.cluster)", "group by l.identifier_h")
    con.execute(f"create table holder as {one}")
    # Most identifiers are one person's; those of several have a row for each.
    con.execute("create temp table shared as select identifier_h from holder where is_shared")
    con.execute("delete from holder where is_shared")
    of_shared = "and l.identifier_h in (from shared) group by l.identifier_h, c.cluster"
    each = held.format("true", of_shared)
    con.execute(f"insert into holder by name {each}")
    con.execute(
        """
        create view bridge_identity as
        select case when t.identifier_type = 'source_customer_id' then t.source_system end
                   as source_system,
               t.source_customer_id, t.identifier_type,
               split_part(t.identity_key, ':', 2) as identifier_hash, c.customer_id,
               coalesce(k.match_rule, case when h.is_shared then 'shared' else 'unresolved' end)
                   as match_rule,
               coalesce(p.match_probability, k.match_probability) as match_probability,
               coalesce(p.evidence, k.evidence) as evidence,
               h.is_shared, h.first_seen_at, h.last_seen_at, t.identity_key
        from key_text t
        join holder h on h.identifier_h = t.key_h
        left join known_key k on k.key_h = h.identifier_h
        left join probable_link p on p.cluster = k.told_by
        left join cluster_customer c on c.cluster = h.cluster
        """
    )


#: Query of ``known_key`` for the keys of ``key_person``.
KNOWN_KEY = (
    "select key_h, match_rule, null::double as match_probability, null::varchar as evidence,"
    " case when not is_weak then own_cluster end as told_by from key_person"
)
