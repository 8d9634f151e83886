"""What identity says of every key and of every identifier: the map and the bridge.

Belongs here: whose each key is, by which rule and since when; who has each identifier. Does not:
finding people or naming them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from models.identity.evidence import STRONG
from models.identity.keys import NEVER, NOBODY, Keys, People, Texts, lay, moments, put

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from models.identity.permanent import OldMap


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


#: Rules of a key, by number: exact identifiers, strongest first, and what else says whose it is.
RULES = (*STRONG, "own_record", "decision", "evidence", "seen_together")
_OWN_RECORD, _DECISION, _EVIDENCE, _SEEN_TOGETHER = range(len(STRONG), len(RULES))


@dataclass(frozen=True)
class Told:
    """What is said of each key, arrays of shape (keys,) but for texts.

    Attributes:
        name: Hash of the key's node: what exact identifiers made of it.
        match_rule: By what it is whose it is.
        match_probability: Of what evidence says of its node; not a number where it says nothing.
        evidence: The same in words.
    """

    name: Any
    match_rule: Texts
    match_probability: Any
    evidence: Texts


def make_map(
    con: duckdb.DuckDBPyConnection, keys: Keys, people: People, old: OldMap, as_of: dt.date
) -> Told:
    """Make ``identity_map``: every key that resolves, its customer and the rule that says so.

    It is a view of arrays beside the texts of ``link_text``. ``key_person`` (key_h, name, is_weak,
    match_rule, known_at) has numbers of the same keys, and what exact identifiers made of each;
    ``cluster_told`` (own_cluster, name, customer_id, match_probability, evidence) what is said of
    these. Needs ``cluster_name``, ``cluster_customer``, ``probable_link``, ``key_rule`` and
    ``must_key``.

    ``known_at`` says since when a key is known to be this customer's: since it was first known, a
    cookie or the like since it was first known to have been seen with them (since tonight where it
    is theirs because others are them by now), and a key that another customer had since the end of
    the night that learnt better. So what is seen as of an earlier day knows neither the merge nor
    whose cookie it was to become.
    """
    first_seen_at, known_at = _seen(con, keys, people, old, as_of)
    con.execute(
        """
        create table cluster_told as
        select n.cluster as own_cluster, n.name, c.customer_id, p.match_probability, p.evidence
        from cluster_name n
        left join probable_link p on p.cluster = n.cluster
        join cluster_customer c on c.cluster = coalesce(p.joined_cluster, n.cluster)
        """
    )
    told = _tell(con, keys, people)
    resolves = people.cluster != NOBODY
    person = {
        "key_h": keys.hashes,
        "name": told.name,
        "is_weak": people.is_weak,
        "match_rule": told.match_rule,
        "known_at": moments(known_at),
    }
    put(con, "key_person", resolves, person)
    lay(con, keys, "identity_map", resolves, {
        "customer_id": customers(con, people),
        "match_rule": told.match_rule,
        "match_probability": told.match_probability,
        "evidence": told.evidence,
        "first_seen_at": moments(first_seen_at),
        "known_at": person["known_at"],
    })  # fmt: skip
    return told


def customers(con: duckdb.DuckDBPyConnection, people: People) -> Texts:
    """Give the customer of each key."""
    told = con.execute("select cluster, customer_id from cluster_customer").to_arrow_table()
    row_of = _rows_by(told["cluster"].to_numpy(), people.n_clusters)
    return Texts(told["customer_id"].combine_chunks(), row_of[people.cluster])


def _rows_by(numbers: Any, n: int) -> Any:
    """Give for each number below n the row that has it, and last NOBODY for NOBODY."""
    import numpy as np

    row_of = np.full(n + 1, NOBODY)
    row_of[numbers] = np.arange(len(numbers))
    return row_of


def _tell(con: duckdb.DuckDBPyConnection, keys: Keys, people: People) -> Told:
    """Tell by what each key is whose it is, and what evidence says of it."""
    import numpy as np
    import pyarrow as pa

    rules = con.execute(
        f"select key_h, list_position({list(STRONG)}, match_rule) - 1 as rule from key_rule"
    ).fetchnumpy()
    rule = np.full(len(keys.hashes), _OWN_RECORD)
    at = keys.find(rules["key_h"])
    rule[at[at != NOBODY]] = rules["rule"][at != NOBODY]
    must = con.execute("select distinct hash(identity_key) as key_h from must_key").fetchnumpy()
    rule[keys.among(must["key_h"]) & (rule == _OWN_RECORD)] = _DECISION
    clusters = con.execute(
        "select own_cluster, name, match_probability, evidence from cluster_told"
    ).to_arrow_table()
    row = _rows_by(clusters["own_cluster"].to_numpy(), people.n_clusters)[people.own_cluster]
    probability = np.append(clusters["match_probability"].to_numpy(), np.nan)[row]
    probability[people.is_weak] = np.nan
    rule[~np.isnan(probability)] = _EVIDENCE
    rule[people.is_weak] = _SEEN_TOGETHER
    rule[people.cluster == NOBODY] = NOBODY
    return Told(
        np.append(clusters["name"].to_numpy(), np.uint64(0))[row],
        Texts(pa.array(RULES), rule),
        probability,
        Texts(clusters["evidence"].combine_chunks(), np.where(np.isnan(probability), NOBODY, row)),
    )


def _seen(
    con: duckdb.DuckDBPyConnection, keys: Keys, people: People, old: OldMap, as_of: dt.date
) -> tuple[Any, Any]:
    """When each key was first seen, and since when it is known whose it is, in microseconds."""
    import numpy as np

    link = con.execute(
        f"select coalesce(epoch_us(first_seen_at), {NEVER}) as first_seen_at,"
        f" coalesce(epoch_us(known_at), {NEVER}) as known_at, is_placeholder from link"
    ).fetchnumpy()
    first_seen_at, known_at = (
        np.minimum(keys.least(keys.identity, link[name]), keys.least(keys.identifier, link[name]))
        for name in ("first_seen_at", "known_at")
    )
    tomorrow = np.datetime64(as_of, "us").astype(np.int64) + _DAY
    moved = con.execute(
        f"select h.key_h, coalesce(epoch_us(t.known_at), {tomorrow}) as known_at"
        " from other_hands h left join old_trail t"
        " on hash(t.identity_key) = h.key_h and t.customer_id = h.customer_id"
    ).fetchnumpy()
    is_other = keys.among(moved["key_h"])
    # a cookie or the like: since the first time that it was known to have been seen with them
    ties = people.strong[keys.identity] & np.logical_not(link["is_placeholder"])
    ties &= people.is_weak[keys.identifier]
    at, identity = keys.identifier[ties], keys.identity[ties]
    tied_at = keys.least(at, link["known_at"][ties])
    tied_at[at[is_other[identity]]] = tomorrow
    result = np.where(tied_at == NEVER, known_at, tied_at)
    was = old.key[old.key != NOBODY]
    before = old.known_at[old.key != NOBODY]
    result[was] = np.where(before == NEVER, known_at[was], before)
    at = keys.find(moved["key_h"])
    result[at[at != NOBODY]] = moved["known_at"][at != NOBODY]
    return first_seen_at, result


_DAY = 24 * 60 * 60 * 1_000_000


def make_bridge(con: duckdb.DuckDBPyConnection, keys: Keys, people: People, told: Told) -> None:
    """Make ``bridge_identity``: every identifier with each customer who has it.

    It is a view, as the map is. Most identifiers are one person's; those of several have a row for
    each, as ``shared_holder`` (key_h, cluster and when) has them.
    """
    import numpy as np

    link = con.execute(
        f"select coalesce(epoch_us(first_seen_at), {NEVER}) as first_seen_at,"
        f" coalesce(-epoch_us(last_seen_at), {NEVER}) as last_seen_at, is_placeholder from link"
    ).fetchnumpy()
    cluster = people.cluster[keys.identity]
    held = np.logical_not(link["is_placeholder"]) & (cluster != NOBODY)
    cluster, identifier = cluster[held], keys.identifier[held]
    first, last = link["first_seen_at"][held], link["last_seen_at"][held]
    whose = keys.least(identifier, cluster)
    is_held = whose != NEVER
    is_shared = np.zeros(len(keys.hashes), dtype=bool)
    is_shared[identifier[whose[identifier] != cluster]] = True
    of_one = is_held & ~is_shared
    said = {
        "key_h": keys.hashes,
        "match_rule": told.match_rule,
        "match_probability": told.match_probability,
        "evidence": told.evidence,
    }
    whose[~of_one] = NOBODY
    lay(con, keys, "key_of_one", of_one, said | {
        "customer_id": customers(con, replace(people, cluster=whose)),
        "first_seen_at": moments(keys.least(identifier, first)),
        "last_seen_at": moments(-keys.least(identifier, last)),
    })  # fmt: skip
    lay(con, keys, "key_of_several", is_shared, said)
    put(con, "shared_row", is_shared[identifier], {
        "key_h": keys.hashes[identifier], "cluster": cluster,
        "first_seen_at": moments(first), "last_seen_at": moments(-last),
    })  # fmt: skip
    con.execute(
        "create table shared_holder as select key_h, cluster, min(first_seen_at) as first_seen_at,"
        " max(last_seen_at) as last_seen_at from shared_row group by key_h, cluster"
    )
    con.execute(
        """
        create view bridge_identity as
        with holder as (
            select *, false as is_shared from key_of_one
            union all by name
            select k.*, c.customer_id, h.first_seen_at, h.last_seen_at, true as is_shared
            from key_of_several k join shared_holder h using (key_h)
            left join cluster_customer c using (cluster)
        )
        select case when h.identifier_type = 'source_customer_id' then h.source_system end
                   as source_system,
               h.source_customer_id, h.identifier_type,
               split_part(h.identity_key, ':', 2) as identifier_hash, h.customer_id,
               coalesce(h.match_rule, case when h.is_shared then 'shared' else 'unresolved' end)
                   as match_rule,
               h.match_probability, h.evidence, h.is_shared, h.first_seen_at, h.last_seen_at,
               h.identity_key
        from holder h
        """
    )
