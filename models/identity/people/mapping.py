"""What identity says of every key and of every identifier: the map and the bridge.

Belongs here: whose each key is and by which rule; who has each identifier. Does not: finding people
or naming them, nor since when it is known whose a key is (known.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.identity.arrays.frames import Texts, numbers
from models.identity.arrays.keys import NEVER, Keys, People, lay, moments, put_some
from models.identity.arrays.numbering import NOBODY
from models.identity.exact.hubs import STRONG
from models.identity.people.known import find_moments

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from models.identity.people.permanent import OldMap


#: Rules of a key, by number: exact identifiers, strongest first, and what else says whose it is.
RULES = (*STRONG, "own_record", "decision", "evidence", "seen_together")
_OWN_RECORD, _DECISION, _EVIDENCE, _SEEN_TOGETHER = range(len(STRONG), len(RULES))


def make_rules(con: duckdb.DuckDBPyConnection, keys: Keys) -> None:
    """Make ``key_rule``: by which exact identifier each key is whose it is, as a number.

    The strongest of those that it is, or that it shares with others.
    """
    import numpy as np

    member = con.execute(
        "select identity_h, identifier_h, kind from group_member where kind > 0"
    ).fetchnumpy()
    several = con.execute("select identifier_h from hub where n_owners > 1").fetchnumpy()
    identity, identifier = (keys.find(member[name]) for name in ("identity_h", "identifier_h"))
    says = (identity == identifier) | keys.among(several["identifier_h"])[identifier]
    rule = np.full(len(keys.hashes), len(STRONG), dtype=np.int8)
    np.minimum.at(rule, identity[says], member["kind"][says].astype(np.int8) - np.int8(1))
    put_some(con, "key_rule", rule < len(STRONG), {"key_h": keys.hashes, "rule": rule})


@dataclass(frozen=True)
class Told:
    """What is said of each key: arrays of shape (keys,), but for texts.

    Attributes:
        resolves: Whether it is anybody's.
        is_weak: Whether it merges nobody.
        name: Hash of its node: what exact identifiers made of it.
        customer: Whose it is.
        match_rule: By what.
        match_probability: Of what evidence says of its node; not a number where it says nothing.
        evidence: The same in words.
        first_seen_at: When it was first seen.
        known_at: Since when it is known whose it is.
    """

    resolves: Any
    is_weak: Any
    name: Any
    customer: Texts
    match_rule: Texts
    match_probability: Any
    evidence: Texts
    first_seen_at: Any
    known_at: Any


def tell_keys(
    con: duckdb.DuckDBPyConnection, keys: Keys, people: People, old: OldMap, as_of: dt.date
) -> Told:
    """Tell of every key that resolves its customer, the rule that says so, and when.

    Makes ``cluster_told`` (own_cluster, name, customer_id, match_probability, evidence): what is
    said of each node. Needs ``cluster_name``, ``cluster_customer``, ``probable_link``,
    ``key_rule`` and ``must_key``.

    What ``known_at`` says is in known.py.
    """
    import numpy as np

    con.execute(
        """
        create table cluster_told as
        select n.cluster as own_cluster, n.name, c.customer_id, p.match_probability, p.evidence
        from cluster_name n
        left join probable_link p on p.cluster = n.cluster
        join cluster_customer c on c.cluster = coalesce(p.joined_cluster, n.cluster)
        """
    )
    nodes = con.execute(
        "select own_cluster, name, coalesce(match_probability, 'nan') as probability, evidence"
        " from cluster_told"
    ).to_arrow_table()
    row = _rows_by(numbers(nodes["own_cluster"]), people.n_clusters)[people.own_cluster]
    probability = np.append(numbers(nodes["probability"]), np.nan)[row]
    probability[people.is_weak] = np.nan
    by_evidence = ~np.isnan(probability)
    first_seen_at, known_at = find_moments(con, keys, people, old, as_of)
    return Told(
        resolves=people.cluster != NOBODY,
        is_weak=people.is_weak,
        name=np.append(numbers(nodes["name"]), np.uint64(0))[row],
        customer=_customers(con, people.cluster, people.n_clusters),
        match_rule=Texts(RULES, _rules(con, keys, people, by_evidence)),
        match_probability=probability,
        evidence=Texts(nodes["evidence"].combine_chunks(), np.where(by_evidence, row, NOBODY)),
        first_seen_at=moments(first_seen_at),
        known_at=moments(known_at),
    )


def keep_nodes(con: duckdb.DuckDBPyConnection, keys: Keys, told: Told, table: str) -> None:
    """Make a table of the keys that resolve: of which node (name), by what number of rule, when."""
    put_some(con, table, told.resolves, {
        "key_h": keys.hashes, "name": told.name, "is_weak": told.is_weak,
        "rule": told.match_rule.which, "known_at": told.known_at,
    })  # fmt: skip


def _customers(con: duckdb.DuckDBPyConnection, cluster: Any, n_clusters: int) -> Texts:
    """Give the customers of clusters."""
    told = con.execute("select cluster, customer_id from cluster_customer").to_arrow_table()
    row_of = _rows_by(numbers(told["cluster"]), n_clusters)
    return Texts(told["customer_id"].combine_chunks(), row_of[cluster])


def _rows_by(numbers: Any, n: int) -> Any:
    """Give for each number below n the row that has it, and last NOBODY for NOBODY."""
    import numpy as np

    row_of = np.full(n + 1, NOBODY, dtype=np.int32)
    row_of[numbers] = np.arange(len(numbers))
    return row_of


def _rules(con: duckdb.DuckDBPyConnection, keys: Keys, people: People, by_evidence: Any) -> Any:
    """Give the number of each key's rule, shape (keys,); ``NOBODY`` where it is nobody's."""
    import numpy as np

    told = con.execute("select key_h, rule from key_rule").fetchnumpy()
    rule = np.full(len(keys.hashes), _OWN_RECORD, dtype=np.int8)
    at = keys.find(told["key_h"])
    rule[at[at != NOBODY]] = told["rule"][at != NOBODY]
    must = con.execute("select distinct hash(identity_key) as key_h from must_key").fetchnumpy()
    rule[keys.among(must["key_h"]) & (rule == _OWN_RECORD)] = _DECISION
    rule[by_evidence] = _EVIDENCE
    rule[people.is_weak] = _SEEN_TOGETHER
    rule[people.cluster == NOBODY] = NOBODY
    return rule


def make_views(con: duckdb.DuckDBPyConnection, keys: Keys, people: People, told: Told) -> None:
    """Make ``identity_map``, every key that resolves, and ``bridge_identity``: who has what.

    The bridge has every identifier with each customer who has it. Who one resolves to has it, and
    nobody else, though a row of somebody's cookie said it too. Of the others most are one person's;
    those of several have a row for each, as ``shared_holder`` (key_h, cluster and when) has them.
    Both are views of arrays beside the texts of ``link_text``.
    """
    import numpy as np

    link = con.execute(
        f"select coalesce(epoch_us(first_seen_at), {NEVER}) as first_seen_at,"
        f" coalesce(-epoch_us(last_seen_at), {NEVER}) as last_seen_at, is_placeholder from link"
    ).fetchnumpy()
    cluster = people.cluster[keys.identifier]
    cluster = np.where(cluster == NOBODY, people.cluster[keys.identity], cluster)
    held = np.logical_not(link["is_placeholder"]) & (cluster != NOBODY)
    cluster, identifier = cluster[held], keys.identifier[held]
    first, last = link["first_seen_at"][held], link["last_seen_at"][held]
    whose = keys.least(identifier, cluster)
    is_held = whose != NEVER
    is_shared = np.zeros(len(keys.hashes), dtype=bool)
    is_shared[identifier[whose[identifier] != cluster]] = True
    is_ones = is_held & ~is_shared
    lay(con, keys, "key_told", told.resolves | is_held, {
        "key_h": keys.hashes,
        "resolves": told.resolves,
        "is_ones": is_ones,
        "is_shared": is_shared,
        "customer_id": told.customer,
        "holder_id": _customers(con, np.where(is_ones, whose, NOBODY), people.n_clusters),
        "match_rule": told.match_rule,
        "match_probability": told.match_probability,
        "evidence": told.evidence,
        "first_seen_at": told.first_seen_at,
        "known_at": told.known_at,
        "first_held_at": moments(keys.least(identifier, first)),
        "last_held_at": moments(-keys.least(identifier, last)),
    })  # fmt: skip
    put_some(con, "shared_row", is_shared[identifier], {
        "key_h": keys.hashes[identifier], "cluster": cluster,
        "first_held_at": moments(first), "last_held_at": moments(-last),
    })  # fmt: skip
    con.execute(
        "create table shared_holder as select key_h, cluster, min(first_held_at) as first_held_at,"
        " max(last_held_at) as last_held_at from shared_row group by key_h, cluster"
    )
    con.execute(
        "create view identity_map as select identity_key, customer_id, match_rule,"
        " match_probability, evidence, first_seen_at, known_at from key_told where resolves"
    )
    con.execute(_BRIDGE)


_BRIDGE = """
    create view bridge_identity as
    with holder as (
        select *, 'unresolved' as no_rule from key_told where is_ones
        union all
        select k.* replace (c.customer_id as holder_id, h.first_held_at as first_held_at,
                            h.last_held_at as last_held_at), 'shared'
        from key_told k join shared_holder h using (key_h)
        left join cluster_customer c using (cluster)
        where k.is_shared
    )
    select case when identifier_type = 'source_customer_id' then source_system end
               as source_system,
           source_customer_id, identifier_type, holder_id as customer_id,
           coalesce(match_rule, no_rule) as match_rule, match_probability, evidence, is_shared,
           first_held_at as first_seen_at, last_held_at as last_seen_at, identity_key
    from holder
"""
