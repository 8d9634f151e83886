"""The people of a night: connected components of identity keys over the link groups.

Belongs here: clusters, and which key resolves to which cluster. Does not: the names of the
clusters from night to night (permanent.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.identity.arrays.frames import put
from models.identity.arrays.graph import component_labels
from models.identity.arrays.numbering import NOBODY, numbered, ranked
from models.identity.arrays.sql import listed
from models.identity.exact.decisions import bind_groups
from models.identity.exact.hubs import CONTACTS, WEAK, kinds_sql

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.keys import Keys

#: Of so many keys nobody is one person by chains of contacts alone, and what such chains go by is
#: left out, the weakest first.
LARGEST, WEAKEST = 200, ("phone", "email", "loyalty_id")
_SCRATCH = ("owner_link", "said", "signature", "name_text", "given_word")


def make_clusters(con: duckdb.DuckDBPyConnection, keys: Keys, cap: int) -> None:
    """Make ``cluster`` (key_h, cluster, is_weak) for all keys that are, or resolve to, a person.

    ``unsettled`` (key_h) has the identifiers that several have: evidence may make them one.

    Cookies, devices and handles resolve where they were seen with one person, and merge nobody; so
    does an identifier that stands for nobody by itself, when all who have it turn out to be one.

    Args:
        con: A connection with what hubs.py and sharing.py have made.
        keys: The keys of ``link``.
        cap: The most records that one identifier may link, where they differ.
    """
    join_strong(con, keys, cap)
    con.execute(
        f"""
        create temp table met as
        with seen as materialized (
            select identifier_h, identity_h from link
            where identifier_type in ({listed(WEAK)}) and not is_placeholder
            union all
            select identifier_h, identity_h from link
            where identifier_type not in ({listed(WEAK)}) and not is_placeholder
              and identifier_h in (
                select identifier_h from nobodys anti join strong_cluster on key_h = identifier_h)
        )
        select s.identifier_h as key_h, min(c.cluster) as cluster, max(c.cluster) as last
        from seen s join strong_cluster c on c.key_h = s.identity_h
        group by s.identifier_h
        """
    )
    con.execute(
        "create table cluster as select cluster, false as is_weak, key_h from strong_cluster"
        " union all select cluster, true, key_h from met where cluster = last"
    )
    con.execute("create table unsettled as select key_h from met where cluster <> last")
    con.execute("drop table met; drop table strong_cluster; drop table nobodys")


def join_strong(con: duckdb.DuckDBPyConnection, keys: Keys, cap: int, among: str = "") -> None:
    """Make ``strong_cluster`` (key_h, cluster) and ``cluster_name`` of strong keys.

    A strong key is a person by itself. A link group joins the keys of its records; where it has
    one part only it also stands for its people (a row with nothing but that e-mail is theirs), else
    it is in ``nobodys`` (identifier_h).

    Args:
        con: A connection with the hubs, their parts and who is doubted.
        keys: The keys of ``link``.
        cap: The most records that one identifier may link, where they differ.
        among: Table (key_h) of the keys that alone are looked at: all that hangs together with any.
    """
    _gather_groups(con)
    others = f"delete from {{}} where {{}} not in (select key_h from {among})"
    if among:
        con.execute(others.format("group_member", "identity_h"))
    con.execute(
        "create temp table nobodys as select identifier_h from hub left join hub_n_parts"
        " using (identifier_h) where is_capped or n_parts > 1"
    )
    bind_groups(con)
    for kind in (*WEAKEST, None):
        largest = _join_groups(con, keys)
        if largest <= LARGEST or kind is None:
            break
        if kind == WEAKEST[0]:
            _note_large(con)
        _cut(con, kind, cap)
    if among:
        con.execute(others.format("strong_cluster", "key_h"))
    # What millions of links were worked out with is memory that the next steps need.
    for table in _SCRATCH:
        con.execute(f"drop table {table}")


def _note_large(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``bound_key`` the keys of clusters that will be cut: what hung together before."""
    con.execute(
        "insert into bound_key select key_h, min(key_h) over (partition by cluster)"
        " from strong_cluster qualify count(*) over (partition by cluster) > ?",
        [LARGEST],
    )


def _gather_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``group_member``: whom each part of an identifier joins.

    ``group_h`` names the group: an identifier of one part by its own hash, as the key of rows that
    carry nothing else, and a part of one by the hash of both. What only rows of shared identifiers
    carry (an order with a shared address that says a telephone, too) is nobody's, as they are.
    """
    con.execute("create temp table capped as select identifier_h from hub where is_capped")
    con.execute("create temp table parted as select identifier_h from hub_n_parts"
                " where n_parts <> 1")  # fmt: skip
    con.execute("create temp table parts_of as select distinct identifier_h from hub_part")
    con.execute(
        """
        create temp table carried as
        with nobody as (
            select identity_h, identifier_h from owner_link
            where identity_h in (from capped union all from parted)
        )
        select identifier_h from owner_link semi join nobody using (identifier_h)
        group by identifier_h
        having bool_and(identity_h in (select identity_h from nobody))
        """
    )
    con.execute(
        f"""
        create table group_member as
        select o.identity_h, o.identifier_h, coalesce(p.part, 0) as part,
               case when n.identifier_h is null then o.identifier_h
                    else hash(o.identifier_h, coalesce(p.part, 0)) end as group_h, o.kind
        from owner_link o
        left join parted n using (identifier_h)
        left join of_several s on s.identity_h = o.identity_h
        left join hub_part p
          on p.identifier_h = o.identifier_h and p.signature_id = o.signature_id
        where o.identifier_h not in (from capped) and (n.identifier_h is null
            -- of no parts: who say who they are say the same, and who is in doubt is another part
            or ((p.part is not null
                 or (o.signature_id > 0 and o.identifier_h not in (from parts_of)))
                and (s.identity_h is null or o.kind not in ({kinds_sql(CONTACTS)}))))
          -- a key that is itself a shared identifier is nobody, whatever else its row carries
          and o.identity_h not in (from capped) and o.identity_h not in (from parted)
        union all
        select identifier_h, identifier_h, 0, identifier_h, kind
        from hub anti join parted using (identifier_h) anti join carried using (identifier_h)
        where not is_capped
        """
    )
    con.execute("drop table capped; drop table parted; drop table carried; drop table parts_of")


def _join_groups(con: duckdb.DuckDBPyConnection, keys: Keys) -> int:
    """Make ``strong_cluster`` (key_h, cluster): what any groups connect; and ``cluster_name``.

    A cluster is known by the least hash of what it is made of, from night to night, and they are
    numbered in the order of these names.

    Returns:
        How many keys the largest cluster has.
    """
    import numpy as np

    member = con.execute(
        "select identity_h, group_h from group_member where identity_h <> group_h"
    ).fetchnumpy()
    alone = con.execute(
        "select identity_h from group_member where identity_h = group_h union all"
        " select * from (select distinct identity_h from link where is_strong)"
        " anti join hub on hub.identifier_h = identity_h"
    ).fetchnumpy()
    hashes, (left, right, other) = _nodes(
        keys, member["identity_h"], member["group_h"], alone["identity_h"]
    )
    labels = component_labels(len(hashes), left, right)
    is_key = np.zeros(len(hashes), dtype=bool)
    is_key[left] = is_key[other] = True
    is_node = is_key.copy()
    is_node[right] = True
    nodes = np.flatnonzero(is_node)
    least = np.full(int(labels.max(initial=-1)) + 1, 2**64 - 1, dtype=np.uint64)
    np.minimum.at(least, labels[nodes], hashes[nodes])
    is_cluster = np.zeros(len(least), dtype=bool)
    is_cluster[labels[nodes]] = True
    clusters = np.flatnonzero(is_cluster)
    clusters = clusters[ranked(least[clusters])]
    number = np.full(len(least), NOBODY)
    number[clusters] = np.arange(len(clusters))
    of_key = number[labels[is_key]]
    put(con, "strong_cluster", {"key_h": hashes[is_key], "cluster": of_key})
    put(con, "cluster_name", {"cluster": number[clusters], "name": least[clusters]})
    return int(np.bincount(of_key, minlength=1).max())


def _nodes(keys: Keys, *hashes: Any) -> tuple[Any, list[Any]]:
    """Give the hashes of keys and of what is none, a part of an identifier; and arrays as numbers.

    What is no key has numbers above those of all keys.
    """
    import numpy as np

    found = [keys.find(each) for each in hashes]
    is_other = [number == NOBODY for number in found]
    others, numbers = numbered(*(each[at] for each, at in zip(hashes, is_other, strict=True)))
    for number, at, which in zip(found, is_other, numbers, strict=True):
        number[at] = len(keys.hashes) + which
    return np.concatenate([keys.hashes, others]), found


def _cut(con: duckdb.DuckDBPyConnection, kind: str, cap: int) -> None:
    """Change ``group_member``: no group of a kind of identifier in clusters that are too large.

    One over the cap links people of whom each record says all, and is no chain.
    """
    con.execute(
        f"""
        create or replace temp table cut as
        select distinct identifier_h, group_h from group_member where kind in ({kinds_sql((kind,))})
        and identity_h in (
            select key_h from strong_cluster where cluster in (
                select cluster from strong_cluster group by cluster having count(*) > {LARGEST}))
        and group_h not in (
            select group_h from group_member group by group_h having count(*) > {cap + 1})
        """
    )
    con.execute("delete from group_member where group_h in (select group_h from cut)")
    con.execute("insert into nobodys select identifier_h from cut")


def count_hub_parts(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``hub_n_parts``: how many groups of people share each hub that was looked into.

    A record that could be either of two people is one for itself on each of its contacts.
    """
    con.execute(
        f"""
        create table hub_n_parts as
        with doubted as (
            select identifier_h, identity_h as part
            from owner_link semi join of_several using (identity_h)
            where kind in ({kinds_sql(CONTACTS)})
        )
        select identifier_h, count(distinct part) as n_parts from (
            select identifier_h, part::ubigint as part from hub_part
            union all
            select identifier_h, part from doubted
            union all
            select identifier_h, 0 from owner_link
            semi join doubted using (identifier_h) anti join of_several using (identity_h)
            anti join hub_part using (identifier_h)
            where signature_id > 0
        ) group by identifier_h
        """
    )
