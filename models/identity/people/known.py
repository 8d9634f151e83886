"""Since when it is known whose a key is.

Belongs here: when each key was first seen, and ``known_at``. Does not: whose it is (mapping.py),
nor the trail of who had it before (events.py), which this reads.

A key is known to be its customer's since it was first known, but

- a cookie or the like since it was first known to have been seen with them, and since tonight's end
  where it is theirs because others are them by now;
- one that another customer had last night, or nobody though it was known, since tonight's end;
- one that comes back since it was theirs before: an error that is mended never was.

So what is seen as of an earlier day knows neither the merge nor whose cookie it was to become. And
what is merged, parted and merged again comes back once: to part it says that it never was theirs,
so the second time is known since tonight's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.identity.arrays.keys import NEVER, Keys, People, put_some
from models.identity.arrays.numbering import NOBODY

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from models.identity.people.permanent import OldMap

_DAY = 24 * 60 * 60 * 1_000_000


def find_moments(
    con: duckdb.DuckDBPyConnection, keys: Keys, people: People, old: OldMap, as_of: dt.date
) -> tuple[Any, Any]:
    """Say of each key when it was first seen and since when it is known whose it is.

    Makes ``given_back``. Needs ``other_hands`` (events.py), ``old_trail``, ``cluster_customer`` and
    ``last_bridge_identity``.

    Returns:
        Microseconds, two arrays of shape (keys,); NEVER where it is not known.
    """
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
    learnt = _learnt_tonight(con, keys, people, old, tomorrow)
    is_other = keys.among(con.execute("select key_h from other_hands").fetchnumpy()["key_h"])
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
    at = keys.find(learnt["key_h"])
    result[at[at != NOBODY]] = learnt["known_at"][at != NOBODY]
    return first_seen_at, result


def _learnt_tonight(
    con: duckdb.DuckDBPyConnection, keys: Keys, people: People, old: OldMap, tomorrow: Any
) -> Any:
    """Say of the keys that others had last night, or nobody, since when their owners are known.

    Arrays key_h and known_at, in microseconds.
    """
    is_new = people.cluster != NOBODY
    is_new[old.key[old.key != NOBODY]] = False
    # a first night has no last one, in which anything could have been nobody's
    is_new &= len(old.key) > 0
    put_some(con, "new_key", is_new, {"key_h": keys.hashes, "cluster": people.cluster})
    con.execute(
        """
        create table learnt as
        select key_h, customer_id from other_hands where customer_id is not null
        union all
        select key_h, customer_id
        from new_key join cluster_customer using (cluster)
        where key_h in (
            select hash(identity_key) from old_trail
            union
            select hash(identity_key) from last_bridge_identity
            where match_rule in ('shared', 'unresolved')
        )
        """
    )
    _find_given_back(con, tomorrow)
    return con.execute(
        f"select l.key_h, coalesce(epoch_us(b.known_at), {tomorrow}) as known_at"
        " from learnt l left join given_back b using (key_h)"
    ).fetchnumpy()


def _find_given_back(con: duckdb.DuckDBPyConnection, tomorrow: Any) -> None:
    """Make ``given_back``: the keys of ``learnt`` that come back to who had them.

    Columns: key_h, identity_key, customer_id, ``known_at``, since when they were theirs, and
    ``back_at``: since when again, after all that the trail says.
    """
    con.execute(
        f"""
        create table given_back as
        with trail as (
            select l.key_h, t.identity_key, t.customer_id, t.known_at,
                   coalesce(l.customer_id = t.customer_id, false) as is_asked
            from learnt l join old_trail t on hash(t.identity_key) = l.key_h
        ), stay as (
            select key_h, customer_id, min(known_at) as from_at, max(known_at) as last_at
            from trail group by key_h, customer_id
        ), asked as (
            -- who had it before and after says of those between that it never was theirs
            select t.key_h, t.identity_key, t.customer_id, t.known_at, max(s.last_at) as last_at,
                   bool_or(s.customer_id <> t.customer_id and s.from_at < t.known_at
                           and t.known_at < s.last_at) as is_undone
            from trail t join stay s using (key_h)
            where t.is_asked
            group by t.key_h, t.identity_key, t.customer_id, t.known_at
        )
        select key_h, identity_key, customer_id, min(known_at) as known_at,
               greatest(make_timestamp({tomorrow}), max(last_at) + interval 1 microsecond)
                   as back_at
        from asked where not coalesce(is_undone, false)
        group by key_h, identity_key, customer_id
        """
    )
