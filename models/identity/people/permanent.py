"""Customer ids that stay: the overlap vote of tonight's clusters with the ids of nights before.

Belongs here: which cluster keeps which id, and new ids. Does not: finding clusters, nor the log of
what that changes (events.py).

The rule: an old id goes to the cluster that holds most of its keys (on a split the largest part
keeps it; keys that it took over from an id that was merged into it count last), a cluster that
several old ids go to keeps the one with most keys, ties the oldest, and the others are merged into
it. A new id is made from the smallest key of the cluster, so it does not depend on the order of
files; an id once used is never used for anybody else. What was merged and comes apart again has its
old id back: the trail says which keys were whose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.identity.arrays.frames import put
from models.identity.arrays.keys import NEVER, Keys, People, lay
from models.identity.arrays.numbering import NOBODY, numbered
from models.identity.arrays.sql import one_number

if TYPE_CHECKING:
    import datetime as dt

    import duckdb


@dataclass(frozen=True)
class OldMap:
    """Whose each key was last night, in no order.

    Attributes:
        key_h: The hash of each key, shape (rows,).
        key: Its number tonight, same shape; ``NOBODY`` where no link has it any more.
        customer: Whose it was, by number, same shape.
        known_at: Since when that was known, in microseconds, same shape.
        customers: The hash of each customer's id, sorted.
    """

    key_h: Any
    key: Any
    customer: Any
    known_at: Any
    customers: Any


def read_old(con: duckdb.DuckDBPyConnection, keys: Keys) -> OldMap:
    """Read ``old_map`` (key_h, customer_id, known_at) of last night.

    Makes ``old_holder`` (customer_id, customer_h): who has keys in it.
    """
    old = con.execute(
        "select key_h, hash(customer_id) as customer_h,"
        f" coalesce(epoch_us(known_at), {NEVER}) as known_at from old_map"
    ).fetchnumpy()
    customers, (customer,) = numbered(old["customer_h"])
    put(con, "old_holder_h", {"customer_h": customers})
    con.execute("create table old_holder as from old_customer semi join old_holder_h"
                " using (customer_h)")  # fmt: skip
    return OldMap(old["key_h"], keys.find(old["key_h"]), customer, old["known_at"], customers)


def assign_ids(
    con: duckdb.DuckDBPyConnection, keys: Keys, people: People, old: OldMap, as_of: dt.date
) -> None:
    """Make ``cluster_customer`` (cluster, customer_id) and ``fresh_customer``: what is new.

    Needs ``cluster`` (key_h, cluster, is_weak), ``old_customer`` (customer_id, created_on and
    customer_h: every id ever given) and ``old_trail`` (identity_key, customer_id: whose a key was
    before); and ``outer_holder`` (customer_id: others who have keys, and keep what they have).
    """
    _keep_ids(con, keys, people, old)
    _revive(con)
    _find_fresh(con, keys, people)
    _name_fresh(con)
    con.execute(
        "create table cluster_customer as select cluster, customer_id from kept"
        " union all select cluster, customer_id from revived"
        " union all select cluster, customer_id from fresh"
    )
    con.execute(
        f"create table fresh_customer as select customer_id, date '{as_of}' as created_on"
        " from fresh"
    )


def _keep_ids(con: duckdb.DuckDBPyConnection, keys: Keys, people: People, old: OldMap) -> None:
    """Make ``kept`` (cluster, customer_id): ids that go on, by the vote of their keys."""
    import numpy as np

    votes = old.key != NOBODY
    votes[votes] = people.strong[old.key[votes]]
    key, customer = old.key[votes], old.customer[votes]
    n_customers = max(len(old.customers), 1)
    codes = np.sort(people.cluster[key] * np.int64(n_customers) + customer)
    cluster, whose = np.divmod(codes[np.diff(codes, prepend=-1) > 0], n_customers)
    # Most ids go where all their keys are, and nobody else's: those of others alone are voted on.
    is_alone = (np.bincount(cluster)[cluster] == 1) & (np.bincount(whose)[whose] == 1)
    alone = {"cluster": cluster[is_alone], "customer_h": old.customers[whose[is_alone]]}
    put(con, "kept_alone", alone)
    con.execute("create table kept as select cluster, customer_id from kept_alone"
                " join old_holder using (customer_h)")  # fmt: skip
    is_contested = np.zeros(len(old.customers), dtype=bool)
    is_contested[whose[~is_alone]] = True
    is_asked = np.zeros(len(keys.hashes), dtype=bool)
    is_asked[key] = is_contested[customer]
    customer_h = np.zeros(len(keys.hashes), dtype=np.uint64)
    customer_h[key] = old.customers[customer]
    told = {"key_h": keys.hashes, "cluster": people.cluster, "customer_h": customer_h}
    lay(con, keys, "contested_key", is_asked, told)
    con.execute(
        """
        create table overlap as
        select k.cluster, o.customer_id, count(*) as n_keys,
               count(*) filter (gone.key_h is null) as n_own, min(k.identity_key) as first_key
        from contested_key k
        join old_holder o using (customer_h)
        left join (
            select distinct hash(identity_key) as key_h from old_trail
            where customer_id not in (
                select customer_id from old_holder union all select customer_id from outer_holder)
        ) gone on gone.key_h = k.key_h
        group by k.cluster, o.customer_id
        """
    )
    con.execute(
        """
        insert into kept
        with claim as (
            select cluster, customer_id, n_keys from (
                select *, row_number() over (
                    partition by customer_id order by n_own desc, n_keys desc, first_key) as nth
                from overlap
            ) where nth = 1
        )
        select cluster, customer_id from (
            select *, row_number() over (
                partition by cluster order by n_keys desc, created_on, customer_id) as nth
            from claim join old_customer using (customer_id)
        ) where nth = 1
        """
    )


def _revive(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``revived`` (cluster, customer_id, first_key): ids that are given back.

    An id that nobody has goes to the cluster that has most of the keys that once were its own,
    where that cluster keeps no id of its own; of several such ids it takes the one with most.
    """
    con.execute(
        """
        create table revived as
        with claim as (
            select c.cluster, t.customer_id, count(distinct c.key_h) as n_keys,
                   min(o.created_on) as created_on, min(t.identity_key) as first_key
            from cluster c
            join old_trail t on hash(t.identity_key) = c.key_h
            join old_customer o on o.customer_id = t.customer_id
            where not c.is_weak
              and c.cluster not in (select cluster from kept)
              and t.customer_id not in (select customer_id from kept)
              and t.customer_id not in (select customer_id from outer_holder)
            group by c.cluster, t.customer_id
        ), largest as (
            select *, row_number() over (
                partition by customer_id order by n_keys desc, first_key) as nth from claim
        )
        select cluster, customer_id, first_key from (
            select *, row_number() over (
                partition by cluster order by n_keys desc, created_on, customer_id) as place
            from largest where nth = 1
        ) where place = 1
        """
    )


def _find_fresh(con: duckdb.DuckDBPyConnection, keys: Keys, people: People) -> None:
    """Make ``fresh`` (cluster, first_key, generation, customer_id): who has no id yet."""
    import numpy as np

    named = con.execute("select cluster from kept union all from (select cluster from revived)")
    is_named = np.zeros(people.n_clusters, dtype=bool)
    is_named[named.fetchnumpy()["cluster"]] = True
    asked = people.strong
    asked[asked] = ~is_named[people.cluster[asked]]
    lay(con, keys, "fresh_key", asked, {"cluster": people.cluster})
    con.execute(
        "create table fresh as select cluster, min(identity_key) as first_key, 0 as generation,"
        " cast(null as varchar) as customer_id from fresh_key group by cluster"
    )


def _name_fresh(con: duckdb.DuckDBPyConnection) -> None:
    """Give each fresh cluster an id that was never used; a taken one moves on a generation."""
    while True:
        con.execute(
            "update fresh set customer_id = 'c' || substr(sha256(first_key || '|' || generation),"
            " 1, 15) where customer_id is null"
        )
        con.execute(
            """
            update fresh set customer_id = null, generation = generation + 1
            where customer_id in (select customer_id from old_customer
                                  semi join fresh using (customer_id))
               or cluster in (
                   select cluster from (
                       select cluster, row_number() over (
                           partition by customer_id order by first_key) as nth from fresh)
                   where nth > 1)
            """
        )
        if one_number(con, "select count(*) from fresh where customer_id is null") == 0:
            return
