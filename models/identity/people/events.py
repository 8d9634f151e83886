"""What a night's ids change: the log of events, and the trail of keys that have changed hands.

Belongs here: saying what is not as it was last night. Does not: giving ids (permanent.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.arrays.keys import moments, put_some
from models.identity.arrays.numbering import NOBODY
from models.identity.arrays.sql import listed
from models.identity.exact.hubs import STRONG

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from models.identity.arrays.keys import People
    from models.identity.people.permanent import OldMap


def log_events(con: duckdb.DuckDBPyConnection, people: People, old: OldMap, as_of: dt.date) -> None:
    """Make ``event``: what tonight changed. The log of nights before is ``last_identity_event``.

    created: a new person. merged: ``customer_id`` took in ``previous_customer_id``. split: a new
    id, or one given back, for keys that ``previous_customer_id`` had: an event for each of those
    who had some. reassigned: one key went from one person, who lives on, to another; or, without a
    ``customer_id``, all that one person had is nobody's now (a guest's address that others turn out
    to share), so the id ends. A night that is made twice for one date may say the same of an id
    twice: each is an event of its own.
    """
    _find_other_hands(con, people, old)
    # what several had until they turned out to be one is weak now, and still somebody's who moved
    con.execute(
        "create view moved as select identity_key, previous_customer_id, customer_id, is_weak"
        " from other_hands where not is_weak or (customer_id is not null"
        f" and split_part(identity_key, ':', 1) in ({listed(STRONG)}))"
    )
    con.execute(
        """
        create table tonight as
        select case when m.previous_customer_id is null then 'created' else 'split' end
                   as event_type,
               f.customer_id, m.previous_customer_id, f.first_key as identity_key
        from (select customer_id, first_key from fresh
              union all select customer_id, first_key from revived) f
        left join (select distinct customer_id, previous_customer_id from moved
                   where not is_weak) m using (customer_id)
        union all
        select 'merged', m.customer_id, m.previous_customer_id, min(m.identity_key)
        from moved m
        where m.previous_customer_id not in (select customer_id from cluster_customer)
        group by m.customer_id, m.previous_customer_id
        union all
        select 'reassigned', m.customer_id, m.previous_customer_id, m.identity_key
        from moved m
        where m.previous_customer_id in (select customer_id from cluster_customer)
          and (m.is_weak or m.customer_id not in (
              select customer_id from fresh union all select customer_id from revived))
        union all
        select 'reassigned', null, previous_customer_id, min(identity_key)
        from other_hands
        where customer_id is null and is_here
          and previous_customer_id not in (select customer_id from cluster_customer)
          and previous_customer_id not in (select previous_customer_id from moved
                                           where customer_id is not null)
        group by previous_customer_id
        """
    )
    # a date as it is: a file of other dates is not read at all
    con.execute(
        f"""
        create table event as
        select md5(concat_ws('|', t.event_type, t.customer_id, t.previous_customer_id,
                             t.identity_key, date '{as_of}', nullif(o.n, 0))) as event_id,
               t.event_type, t.customer_id, t.previous_customer_id, t.identity_key,
               date '{as_of}' as as_of_on
        from tonight t
        left join (
            select event_type, customer_id, previous_customer_id, identity_key, count(*) as n
            from last_identity_event where as_of_on = date '{as_of}'
              and (customer_id is null or customer_id in (select customer_id from tonight))
            group by all
        ) o on o.event_type = t.event_type and o.customer_id is not distinct from t.customer_id
           and o.previous_customer_id is not distinct from t.previous_customer_id
           and o.identity_key = t.identity_key
        """
    )


def _find_other_hands(con: duckdb.DuckDBPyConnection, people: People, old: OldMap) -> None:
    """Make ``other_hands``: the keys that are somebody else's now, or nobody's.

    Needs ``old_text`` (key_h, identity_key) of last night. Columns: key_h, identity_key, is_weak,
    ``is_here``, whether any row has it tonight, customer_id, previous_customer_id, and
    ``known_at``: since when it was known to be theirs.
    """
    import numpy as np

    now = con.execute("select cluster, hash(customer_id) as h from cluster_customer").fetchnumpy()
    customer_h = np.zeros(people.n_clusters + 1, dtype=np.uint64)  # the last: nobody's
    customer_h[now["cluster"]] = now["h"]
    here = old.key != NOBODY
    cluster = np.full(len(here), NOBODY, dtype=np.int32)
    is_weak = np.ones(len(here), dtype=bool)
    cluster[here], is_weak[here] = people.cluster[old.key[here]], people.is_weak[old.key[here]]
    previous = old.customers[old.customer]
    other = (cluster == NOBODY) | (customer_h[cluster] != previous)
    put_some(con, "moved_on", other, {
        "key_h": old.key_h, "customer_h": previous, "cluster": cluster, "is_weak": is_weak,
        "is_here": here, "known_at": moments(old.known_at),
    })  # fmt: skip
    con.execute(
        """
        create table other_hands as
        select o.key_h, t.identity_key, o.is_weak, o.is_here, c.customer_id,
               h.customer_id as previous_customer_id, o.known_at
        from moved_on o join old_text t using (key_h) join old_holder h using (customer_h)
        left join cluster_customer c using (cluster)
        """
    )


def note_trail(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make ``identity_trail``: whose every key was that has changed hands, and since when known.

    One that resolves no more is nobody's (no customer_id) since the end of tonight. One that comes
    back to a customer (``given_back``) is known to be theirs since it was before; that it came back
    tonight counts only once it leaves them again.
    """
    con.execute(
        f"""
        create table identity_trail as
        from old_trail
        union
        select identity_key, previous_customer_id, known_at from other_hands
        union
        select identity_key, null, date '{as_of}' + interval 1 day from other_hands
        where customer_id is null
        union
        select identity_key, customer_id, back_at from given_back
        """
    )
