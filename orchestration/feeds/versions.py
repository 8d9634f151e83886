"""Rows against what the feed already has: which are new, newer, older, the same, or in conflict.

Belongs here: the order of versions, the classes of rows, what supersedes what, and what a newer
snapshot closed. Does not: judging rows (checking) or writing files (writing).

The version of a row is its `updated_at`; where that does not decide, a later batch wins; within a
batch nothing decides, so that equal keys with other content are put aside, both. Older versions
are kept as rows that are superseded from the start, so that a past day is seen as it was; one that
comes before the first version ever stored is only counted.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.feeds.checking import KEYED, key_sql
from orchestration.feeds.sources import ARRIVALS
from orchestration.sql_text import literal
from quality.contracts import Contract

#: Tables of a feed begin with an underscore, which no source can: sources are views beside them.
REPEATS, REFUSED_ROWS = "_repeats", "_refused_rows"
OUTCOME, STORED, CHAIN, CLOSING = "_outcome", "_stored", "_chain", "_closing"


def find_conflicts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `_repeats`: rid and class, duplicate or conflict, of good rows that share a key.

    Of equal rows the one that arrived last counts, so that content which came back is the newest.
    """
    connection.execute(
        f"""create table {REPEATS} as
        with shared as (
          select row_key from {KEYED} where not is_bad group by row_key having count(*) > 1
        ), copies as (
          select k.*, row_number() over (
            partition by row_key, record_hash order by arrival desc, source_row, mapping_index, rid
          ) as copy_number
          from {KEYED} k semi join shared s on s.row_key = k.row_key where not k.is_bad
        ), counted as (
          select rid, copy_number, count(*) filter (copy_number = 1) over (
            partition by row_key, version_at, arrival) as n_contents
          from copies
        )
        select rid, case when copy_number > 1 then 'duplicate' when n_contents > 1 then 'conflict'
          else 'single' end as class
        from counted"""
    )


def load_stored(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    rows: list[Path],
    superseded: list[Path],
    closes: bool,
) -> None:
    """Make `_stored`: stored versions of the keys that came; of all keys where any may close."""
    identity = "r.identity_key" if contract.is_person else "null"
    columns = (
        f"r.row_id, {key_sql(contract, 'r', identity)} as row_key, r.record_hash, r.version_at,"
        " r.batch, r.file_id, r.source_name, r.mapping_index, r.is_deleted, r.occurred_on,"
        " coalesce(a.batch, r.batch) as arrival"
    )
    arrivals = f"left join {ARRIVALS} a on a.source = r.source_name and a.file_id = r.file_id"
    if not rows:
        empty = (
            "select null::varchar row_id, null::varchar row_key, null::varchar record_hash,"
            " null::timestamptz version_at, null::bigint batch, null::varchar file_id,"
            " null::varchar source_name, null::bigint mapping_index, null::boolean is_deleted,"
            " null::date occurred_on, null::bigint arrival, null::boolean is_current where false"
        )
        connection.execute(f"create table {STORED} as {empty}")
        return
    only = "" if closes else f"semi join {KEYED} k on k.row_key = s.row_key"
    gone = "select null::varchar as row_id where false"
    if superseded:
        gone = f"select row_id from read_parquet({_list(superseded)})"
    connection.execute(
        f"""create table {STORED} as
        with read as (select {columns} from read_parquet({_list(rows)}) r {arrivals}),
        wanted as (select s.* from read s {only})
        select w.*, w.row_id not in (select row_id from ({gone}) g
          semi join wanted x on x.row_id = g.row_id) as is_current
        from wanted w"""
    )


def _list(paths: list[Path]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"


def classify(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `_outcome`: for each mapped row its class and whether it is written.

    Classes: new, updated, older, duplicate, conflict, quarantined, refused.
    """
    connection.execute(
        f"""create table _special as
        with contested as (
          select rid from {REPEATS} where class = 'single'
          union
          select k.rid from {KEYED} k semi join {STORED} s on s.row_key = k.row_key
          where not k.is_bad and k.rid not in (select rid from {REPEATS} where class <> 'single')
        ), placed as (
          select k.*, row_number() over (partition by row_key order by version_at desc nulls last,
            arrival desc, record_hash) as place
          from {KEYED} k semi join contested c on c.rid = k.rid
          anti join {REFUSED_ROWS} f on f.rid = k.rid
        ), known as (
          select distinct row_key, record_hash from {STORED}
        )
        select p.rid, case
            when p.place = 1 and s.row_id is null then 'new'
            when p.place = 1 and s.record_hash = p.record_hash then 'duplicate'
            when p.place = 1 and not coalesce(case
              when p.version_at <> s.version_at then p.version_at < s.version_at
              else p.arrival < s.arrival end, false) then 'updated'
            when n.row_key is not null then 'duplicate'
            else 'older' end as class
        from placed p
        left join {STORED} s on s.row_key = p.row_key and s.is_current
        left join known n on n.row_key = p.row_key and n.record_hash = p.record_hash
        union all select rid, class from {REPEATS} where class <> 'single'
          and rid not in (select rid from {REFUSED_ROWS})
        union all select rid, 'refused' from {REFUSED_ROWS}"""
    )
    _make_chain(connection)
    connection.execute(
        f"""create table {OUTCOME} as
        select k.*,
          coalesce(s.class, case when k.is_bad then 'quarantined' else 'new' end) as class,
          coalesce(c.is_superseding, false) as is_superseding,
          case when s.class is null then not k.is_bad
            when s.class in ('new', 'updated') then true
            when s.class = 'older' then coalesce(c.is_kept, false) else false end as is_written
        from {KEYED} k left join _special s on s.rid = k.rid left join {CHAIN} c on c.rid = k.rid"""
    )


def classify_refused(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `_outcome` for a feed that is refused: only which rows are bad matters then."""
    connection.execute(
        f"""create table {OUTCOME} as
        select k.*, case when k.is_bad then 'quarantined' when r.class = 'conflict' then 'conflict'
          else 'refused' end as class, false as is_superseding, false as is_written
        from {KEYED} k left join {REPEATS} r on r.rid = k.rid"""
    )


def _make_chain(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `_chain`: contested rows among all versions of their key, each with its neighbours."""
    connection.execute(
        f"""create table {CHAIN} as
        with moved as (
          select k.rid, k.row_id, k.row_key, k.record_hash, k.version_at, k.arrival, s.class
          from {KEYED} k join _special s on s.rid = k.rid
          where s.class in ('new', 'updated', 'older')
        ), members as (
          select rid, row_id, row_key, record_hash, version_at, arrival, class,
            9223372036854775807 as batch, null::date as occurred_on from moved
          union all
          select null, s.row_id, s.row_key, s.record_hash, s.version_at, s.arrival, null, s.batch,
            s.occurred_on
          from {STORED} s semi join moved m on m.row_key = s.row_key
        ), versioned as (
          select *, bool_and(version_at is not null) over (partition by row_key) as is_versioned,
            min(version_at) filter (rid is null) over (partition by row_key) as first_stored
          from members
        ), ordered as (
          select *, is_versioned and (rid is null or first_stored is null
              or version_at >= first_stored) as is_linked
          from versioned
        ), linked as (
          select rid, row_id, row_key, version_at, is_linked, class, occurred_on,
            lag(row_id) over w as previous_id, lead(row_id) over w as next_id,
            lag(occurred_on) over w as previous_on, lead(version_at) over w as next_version_at,
            lead(rid) over w as next_rid
          from ordered where is_linked
          window w as (partition by row_key
            order by version_at, arrival, batch, record_hash, row_id)
        )
        select rid, row_id, previous_id, previous_on, version_at,
          case when next_rid is null then next_id end as stored_next_id, next_version_at,
          previous_id is not null as is_superseding, true as is_kept
        from linked where rid is not null
        union all
        select o.rid, o.row_id, s.row_id, s.occurred_on, o.version_at, null, null,
          s.row_id is not null, true
        from ordered o left join {STORED} s on s.row_key = o.row_key and s.is_current
        where o.rid is not null and not o.is_versioned and o.class in ('new', 'updated')"""
    )


def find_closing(connection: duckdb.DuckDBPyConnection, anew: list[int]) -> None:
    """Make `_closing`: current rows whose key a mapping worked out anew no longer gives.

    A key whose row is in quarantine this time is not gone: its last good version stays.

    Args:
        connection: with the tables `_stored` and `_keyed`.
        anew: indexes of the mappings that were worked out whole.
    """
    gone = f"mapping_index in ({', '.join(map(str, anew))})" if anew else "false"
    connection.execute(
        f"create table {CLOSING} as select * from {STORED} s"
        f" where is_current and not is_deleted and {gone}"
        f" and row_key not in (select row_key from {KEYED})"
    )
