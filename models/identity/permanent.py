"""Customer ids that stay: the overlap vote of tonight's clusters with the ids of nights before.

Belongs here: which cluster keeps which id, new ids, and the event log. Does not: finding clusters.

The rule: an old id goes to the cluster that holds most of its keys (on a split the largest part
keeps it; keys that it took over from an id that was merged into it count last), a cluster that
several old ids go to keeps the one with most keys, ties the oldest, and the others are merged into
it. A new id is made from the smallest key of the cluster, so it does not depend on the order of
files; an id once used is never used for anybody else. What was merged and comes apart again has its
old id back: the trail says which keys were whose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.evidence import one_number

if TYPE_CHECKING:
    import datetime as dt

    import duckdb


def assign_ids(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make ``cluster_customer`` (cluster, customer_id) and ``fresh_customer``: what is new.

    Needs ``cluster`` (key_h, cluster, is_weak), ``key_text`` (key_h, identity_key), ``old_map``
    (key_h, customer_id) and ``old_text`` of last night, ``old_customer`` (customer_id, created_on:
    every id ever given) and ``old_trail`` (identity_key, customer_id: whose a key was before);
    ``old_holder`` (customer_id: who has keys), and ``outer_holder`` (those of them who are nobody
    of ``cluster`` and keep what they have).
    """
    _keep_ids(con)
    _revive(con)
    con.execute(
        """
        create table fresh as
        select c.cluster, min(t.identity_key) as first_key, 0 as generation,
               cast(null as varchar) as customer_id
        from key_text t join cluster c using (key_h)
        anti join kept using (cluster) anti join revived using (cluster)
        where not c.is_weak group by c.cluster
        """
    )
    _name_fresh(con)
    con.execute(
        "create table cluster_customer as select cluster, customer_id from kept"
        " union all select cluster, customer_id from revived"
        " union all select cluster, customer_id from fresh"
    )
    con.execute(
        "create table fresh_customer as select customer_id, ?::date as created_on from fresh",
        [as_of],
    )


def _keep_ids(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``kept`` (cluster, customer_id): ids that go on, by the vote of their keys.

    And ``old_now`` (key_h, customer_id, cluster, is_weak): of each key of last night whose it was,
    and where it is.
    """
    con.execute(
        "create table old_now as select o.key_h, o.customer_id, c.cluster, c.is_weak"
        " from old_map o left join cluster c using (key_h)"
    )
    con.execute(
        """
        create table overlap as
        select n.cluster, any_value(n.customer_id) as customer_id, count(*) as n_keys,
               count(*) filter (gone.key_h is null) as n_own
        from old_now n
        left join (
            select distinct hash(identity_key) as key_h from old_trail
            where customer_id not in (select customer_id from old_holder)
        ) gone on gone.key_h = n.key_h
        where not n.is_weak
        group by n.cluster, hash(n.customer_id)
        """
    )
    # Most ids go where all their keys are: the smallest key is asked for only of those that do not.
    con.execute(
        """
        create table claim as
        with contested as (
            select customer_id from overlap group by customer_id having count(*) > 1
        ), first_key as (
            select n.cluster, n.customer_id, min(t.identity_key) as first_key
            from old_now n join key_text t using (key_h) semi join contested using (customer_id)
            where not n.is_weak group by n.cluster, n.customer_id
        )
        select cluster, customer_id, n_keys from overlap anti join contested using (customer_id)
        union all
        select cluster, customer_id, n_keys from (
            select *, row_number() over (
                partition by customer_id order by n_own desc, n_keys desc, first_key) as nth
            from overlap join first_key using (cluster, customer_id)
        ) where nth = 1
        """
    )
    con.execute(
        """
        create table kept as
        with several as (
            select cluster from claim group by cluster having count(*) > 1
        )
        select cluster, customer_id from claim anti join several using (cluster)
        union all
        select cluster, customer_id from (
            select *, row_number() over (
                partition by cluster order by n_keys desc, created_on, customer_id) as nth
            from claim semi join several using (cluster) join old_customer using (customer_id)
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
            select c.cluster, t.customer_id, count(*) as n_keys, min(o.created_on) as created_on,
                   min(t.identity_key) as first_key
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


def log_events(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make ``event``: what tonight changed. The log of nights before is ``last_identity_event``.

    created: a new person. merged: ``customer_id`` took in ``previous_customer_id``. split: a new
    id, or one given back, for keys that ``previous_customer_id`` had. reassigned: one key went from
    one person, who lives on, to another. A night that is made twice for one date may say the same
    of an id twice: each is an event of its own. ``other_hands`` has the keys that are somebody
    else's now, or nobody's.
    """
    con.execute(
        """
        create table other_hands as
        with changed as (
            select o.key_h, o.customer_id as previous_customer_id, c.customer_id, o.is_weak
            from old_now o left join cluster_customer c using (cluster)
            where o.customer_id is distinct from c.customer_id
        )
        select c.key_h, o.identity_key, c.previous_customer_id, c.customer_id, c.is_weak
        from changed c join old_text o using (key_h)
        """
    )
    con.execute(
        "create view moved as select identity_key, previous_customer_id, customer_id"
        " from other_hands where not is_weak"
    )
    con.execute(
        """
        create table tonight as
        select case when m.previous_customer_id is null then 'created' else 'split' end
                   as event_type,
               f.customer_id, m.previous_customer_id, f.first_key as identity_key
        from (select customer_id, first_key from fresh
              union all select customer_id, first_key from revived) f
        left join (select customer_id, min(previous_customer_id) as previous_customer_id
                   from moved group by customer_id) m using (customer_id)
        union all
        select 'merged', m.customer_id, m.previous_customer_id, min(m.identity_key)
        from moved m
        where m.previous_customer_id not in (select customer_id from cluster_customer)
        group by m.customer_id, m.previous_customer_id
        union all
        select 'reassigned', m.customer_id, m.previous_customer_id, m.identity_key
        from moved m
        where m.previous_customer_id in (select customer_id from cluster_customer)
          and m.customer_id not in (select customer_id from fresh)
          and m.customer_id not in (select customer_id from revived)
        """
    )
    # a date as it is: a file of other dates is not read at all
    con.execute(
        f"""
        create table event as
        select md5(concat_ws('|', t.event_type, t.customer_id, t.previous_customer_id,
                             t.identity_key, ?::date, nullif(o.n, 0))) as event_id,
               t.event_type, t.customer_id, t.previous_customer_id, t.identity_key,
               ?::date as as_of_on
        from tonight t
        left join (
            select event_type, customer_id, previous_customer_id, identity_key, count(*) as n
            from last_identity_event where as_of_on = date '{as_of}' group by all
        ) o on o.event_type = t.event_type and o.customer_id = t.customer_id
           and o.previous_customer_id is not distinct from t.previous_customer_id
           and o.identity_key = t.identity_key
        """,
        [as_of, as_of],
    )


def note_trail(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make ``identity_trail``: whose every key was that has changed hands, and since when known.

    A key that comes back to a customer is known to be theirs since it first was; one that resolves
    no more is nobody's (no customer_id) since the end of tonight.
    """
    con.execute(
        """
        create table identity_trail as
        select identity_key, customer_id, min(known_at) as known_at from (
            select identity_key, customer_id, known_at from old_trail
            union all
            select h.identity_key, o.customer_id, o.known_at
            from old_map o join other_hands h using (key_h)
            union all
            select identity_key, null, ?::date + interval 1 day from other_hands
            where customer_id is null
        ) group by identity_key, customer_id
        """,
        [as_of],
    )
