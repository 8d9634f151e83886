"""Which keys a night must look at again: those that changed, and whom that can touch.

Belongs here: finding what changed since the night before, in the inputs or in what exact
identifiers say, growing it to whole people, leaving that part alone in the tables. Does not: who is
one person (increment.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.evidence import one_number
from models.identity.standard import RECORD

if TYPE_CHECKING:
    import duckdb


class NotInPartError(Exception):
    """A night cannot be worked out in part: all of it must be."""


def find_changed(
    con: duckdb.DuckDBPyConnection, decided: list[tuple[str, list[str]]], most: float
) -> None:
    """Make ``region_key`` (key_h): the keys to look at again, of whole clusters.

    Args:
        con: A connection with tonight's inputs (kept.read_inputs), ``kept``, and what the exact
            steps of a full run have made of all.
        decided: Tonight's decisions, the name and the keys of each.
        most: The share of all keys above which a night is not worked out in part.

    Raises:
        NotInPartError: More have changed, or what a name stands for has.
    """
    if one_number(
        con,
        "select count(*) from nickname n join kept.nickname k on k.sound = n.sound"
        " where k.known_as <> n.known_as",
    ):
        raise NotInPartError("names stand for others than before")
    con.execute(
        "create table region_key as select coalesce(t.key_h, k.key_h) as key_h from tonight_key t"
        " full join kept.key_digest k on k.key_h = t.key_h where t.digest is distinct from k.digest"
    )
    n_changed = one_number(con, "select count(*) from region_key")
    if n_changed > most * one_number(con, "select count(*) from tonight_key"):
        raise NotInPartError("much has changed")
    con.execute(
        "create table key_name as select c.key_h, n.name, c.is_weak from cluster c"
        " join cluster_name n using (cluster)"
    )
    _add_decided(con, decided)
    _add(con, _SEEN)
    for more in (_MOVED, _OTHER_RULE, _OTHER_DOUBT):
        _add(con, more)
    while _add(con, _OF_ONE_CLUSTER):
        pass


def _add(con: duckdb.DuckDBPyConnection, keys: str) -> int:
    """Add the keys of a query to the region; how many are new."""
    return one_number(
        con,
        f"insert into region_key select distinct key_h from ({keys}) anti join region_key"
        " using (key_h)",
    )


def _add_decided(con: duckdb.DuckDBPyConnection, decided: list[tuple[str, list[str]]]) -> None:
    """Add the keys of decisions that are new or were taken back."""
    before = {str(name): list(keys) for name, keys in con.execute("from kept.decision").fetchall()}
    tonight = dict(decided)
    keys = sorted(
        {
            key
            for name in before.keys() ^ tonight.keys()
            for key in (before.get(name) or tonight.get(name) or ())
        }
    )
    if keys:
        con.execute("create table decided_key as select unnest(?::varchar[]) as k", [keys])
        _add(con, "select hash(k) as key_h from decided_key")


# Identifiers of changed keys: since when they were seen, and by whom, depends on all rows.
_SEEN = """
    select identifier_h as key_h from (
        select identity_h, identifier_h from tonight_end
        union all select identity_h, identifier_h from kept.link_end
    ) semi join region_key on key_h = identity_h
"""
_MOVED = """
    select coalesce(n.key_h, k.key_h) as key_h from key_name n
    full join kept.identity_map k on k.key_h = n.key_h
    where n.name is distinct from k.name or n.is_weak is distinct from k.is_weak
"""
_OTHER_RULE = """
    select coalesce(r.key_h, k.key_h) as key_h from key_rule r
    full join kept.key_rule k on k.key_h = r.key_h
    where r.match_rule is distinct from k.match_rule
"""
_OTHER_DOUBT = """
    select coalesce(s.identity_h, k.key_h) as key_h from (select distinct identity_h
    from of_several) s full join kept.of_several k on k.key_h = s.identity_h
    where s.identity_h is null or k.key_h is null
"""
_OF_ONE_CLUSTER = """
    select key_h from kept.identity_map semi join (
        select name from kept.identity_map semi join region_key using (key_h)) using (name)
    union all
    select key_h from key_name semi join (
        select name from key_name semi join region_key using (key_h)) using (name)
"""


def leave_part(con: duckdb.DuckDBPyConnection) -> None:
    """Leave the nodes of ``hot`` alone in ``cluster``, numbered in the order of their names.

    ``region_key`` becomes all their keys, now and last night, and ``region_identifier`` all
    identifiers of these; ``link`` keeps the rows with any of them.
    """
    _add(con, "select key_h from kept.identity_map semi join hot using (name)")
    _add(con, "select key_h from key_name semi join hot using (name)")
    con.execute(
        "create table region_identifier as select distinct identifier_h from ("
        " select identity_h, identifier_h from tonight_end"
        " union all select identity_h, identifier_h from kept.link_end)"
        " semi join region_key on key_h = identity_h union select key_h from region_key"
    )
    con.execute(
        "create table part_link as from link where identity_h in (select key_h from region_key)"
        " or identifier_h in (select identifier_h from region_identifier)"
    )
    con.execute("drop table link; alter table part_link rename to link")
    con.execute(
        "create table cluster_no as select cluster as before, name,"
        " row_number() over (order by name) - 1 as cluster"
        " from cluster_name semi join hot using (name)"
    )
    con.execute(
        "create or replace table cluster as select c.identity_key, n.cluster, c.is_weak, c.key_h"
        " from cluster c join cluster_no n on n.before = c.cluster"
    )
    con.execute("create or replace table cluster_name as select cluster, name from cluster_no")


def set_records_aside(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``all_record`` of ``record``, which is empty from now on and filled by need."""
    con.execute("create table all_record as select hash(identity_key) as rec, * from record")
    con.execute(f"create or replace table record ({RECORD})")
    con.execute("create table record_at (rec ubigint)")


def fetch_records(con: duckdb.DuckDBPyConnection, recs: str) -> None:
    """Add the records whose hashes a query gives to ``record``, where they are not there yet."""
    con.execute(
        "create or replace temp table fetched as select distinct rec from"
        f" ({recs}) anti join record_at using (rec)"
    )
    if one_number(con, "select count(*) from fetched"):
        con.execute("insert into record_at from fetched")
        con.execute("insert into record by name select * exclude (rec) from all_record"
                    " semi join fetched using (rec)")  # fmt: skip
