"""Whom a night's changes touch, and whom they leave in doubt or take out of it.

Belongs here: bringing what is kept of doubts up to tonight, and gathering all that exact
identifiers ask of some keys. Does not: any rule (hubs.py, sharing.py), nor clusters (clusters.py).

Each rule looks at one identifier or home with all who have it, but for one: who could be either of
two namesakes of an area. That is why it is kept, in hashes, of everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.arrays.keys import number_keys
from models.identity.exact.hubs import make_said, stage_links
from models.identity.exact.sharing import namesakes_sql, split_hubs
from models.identity.nights import kept
from models.identity.nights.tonight import OWNS, OWNS_ALL, SEEN_WITH, fetch_links, fetch_records
from models.identity.records.names import hear_words

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Lookups

#: What a look at some keys leaves.
_SCRATCH = (
    "signature", "said", "owner_link", "hub", "hub_part", "torn", "local_doubt", "of_several",
    "name_text", "given_word",
)  # fmt: skip


def find_doubted(con: duckdb.DuckDBPyConnection, at: Lookups, cap: int) -> None:
    """Make ``doubted_key`` (key_h): who is in doubt now and was not, or the other way round.

    And ``touched_hub`` (hub) and ``near_key`` (key_h): what changed keys have or had, and who else
    has it. Brings up to tonight what ``kept`` has of records' words and of doubts.

    Args:
        con: A connection with what changed (tonight.find_changed).
        at: What can be looked up.
        cap: The most records that one identifier may link.
    """
    _hear_changed(con, at)
    _find_touched(con, at, cap)
    bring(con, at, "near_key", cap, with_homes=True)
    split_hubs(con)
    con.execute("create temp table gone_torn as from kept.torn"
                " semi join touched_hub on hub = hub_h")  # fmt: skip
    con.execute("create temp table new_torn as from torn semi join touched_hub on hub = hub_h")
    con.execute("delete from kept.torn where hub_h in (from touched_hub)")
    con.execute("insert into kept.torn from new_torn")
    con.execute("create temp table doubted_key (key_h ubigint)")
    _replace_doubts(con, "local_doubt", "near_key", "from local_doubt")
    con.execute(
        """
        create temp table asked_name as
        with moved as (
            select signature_h from gone_torn union all select signature_h from new_torn
            union all select signature_h from gone_said union all select signature_h from new_said
        ), named as (
            select name_h, initial_h from kept.said semi join moved using (signature_h)
            union all select name_h, initial_h from gone_said
        )
        select name_h from named union select initial_h from named
        """
    )
    con.execute(
        "create temp table asked_key as select identity_h as key_h from kept.said"
        " where not is_born and name_h in (from asked_name)"
        " union select identity_h from gone_said"
    )
    doubted = namesakes_sql("kept.said", "kept.torn", "name_h in (from asked_name)")
    _replace_doubts(con, "namesake_doubt", "asked_key", doubted)
    drop_scratch(con)


def _hear_changed(con: duckdb.DuckDBPyConnection, at: Lookups) -> None:
    """Bring ``kept.said`` up to tonight; ``gone_said`` and ``new_said`` are of changed records."""
    fetch_records(con, at.records, "select rec from new_record")
    hear_words(con)
    make_said(con)
    changed = (
        "where identity_h in (select rec from gone_record union all select rec from new_record)"
    )
    con.execute(f"create temp table gone_said as from kept.said {changed}")
    con.execute(f"create temp table new_said as select {kept.SAID} from said")
    con.execute(f"delete from kept.said {changed}")
    con.execute("insert into kept.said from new_said")
    drop_scratch(con)


def _find_touched(con: duckdb.DuckDBPyConnection, at: Lookups, cap: int) -> None:
    """Make ``touched_hub`` (hub): identifiers and homes that changed keys have or had.

    And ``near_key`` (key_h): who has one of them that links anybody, now or before.
    """
    con.execute(
        "create temp table own_hub as select key_h as hub from changed_key"
        " union select identifier_h from changed_end union select identifier_h from gone_end"
    )
    # a key without a record of its own says what the records with it say
    at.ends.find(con, "own_hub_end", "identity_h", "from own_hub")
    con.execute(
        """
        create temp table touched_hub as
        select hub from own_hub
        union select home_h from gone_said where home_h is not null
        union select home_h from new_said where home_h is not null
        union select identifier_h from own_hub_end
        """
    )
    at.ends.find(con, "touched_end", "identifier_h", "from touched_hub")
    con.execute(
        f"""
        create temp table near_key as
        with capped as (
            {capped_sql("touched_end", cap, "anti join changed_key on key_h = t.identity_h")}
        )
        select key_h from changed_key
        union
        select identity_h from touched_end
        anti join capped on capped.hub = identifier_h where owns in ({OWNS}, {OWNS_ALL})
        union
        select identity_h from kept.said semi join touched_hub on hub = home_h
        """
    )


def _replace_doubts(con: duckdb.DuckDBPyConnection, table: str, among: str, doubted: str) -> None:
    """Bring a table of doubts up to tonight for some keys, and note who is in it no more or now."""
    con.execute(
        f"create or replace temp table doubt as select identity_h, bool_or(was) as was,"
        f" bool_or(is_now) as is_now from ("
        f" select identity_h, true as was, false as is_now from kept.{table}"
        f" union all select identity_h, false, true from ({doubted}))"
        f" semi join {among} on key_h = identity_h group by identity_h having was <> is_now"
    )
    con.execute(f"delete from kept.{table} where identity_h in (select identity_h from doubt)")
    con.execute(f"insert into kept.{table} select identity_h from doubt where is_now")
    con.execute("insert into doubted_key select identity_h from doubt")


def capped_sql(ends: str, cap: int, but: str = "") -> str:
    """SQL of those of some identifiers (hub) that too many have (hubs.stage_links).

    Args:
        ends: A table of all rows of these identifiers.
        cap: The most records that one identifier may link, but for whole records of few people.
        but: A join that leaves out owners (``t``): those without whom it is so before and now.
    """
    return f"""
        select t.identifier_h as hub from {ends} t
        {but} left join kept.said d on d.identity_h = t.identity_h
        where t.owns = {OWNS} group by t.identifier_h
        having count(*) > {cap} and (not bool_and(coalesce(d.is_whole, true))
                                     or count(distinct d.signature_h) > {cap})
    """


def bring(
    con: duckdb.DuckDBPyConnection, at: Lookups, keys: str, cap: int, *, with_homes: bool = False
) -> None:
    """Stage the links (hubs.stage_links) of some keys with all who share something with them.

    Of an identifier that too many have, there are only enough rows to say so.
    """
    at.ends.find(con, "own_end", "identity_h", f"from {keys}")
    con.execute(
        f"create or replace temp table near_hub as select key_h as hub from {keys}"
        f" union select identifier_h from own_end where owns in ({OWNS}, {OWNS_ALL})"
    )
    at.ends.find(con, "hub_end", "identifier_h", "from near_hub")
    con.execute(
        f"""
        create or replace temp table near_end as
        with capped as (
            {capped_sql("hub_end", cap)}
        ), owned as (
            select t.row_no, t.identity_h, t.identifier_h, capped.hub is not null as is_capped
            from hub_end t left join capped on capped.hub = t.identifier_h
            where owns in ({OWNS}, {OWNS_ALL})
        ), told as (
            select o.*, coalesce(d.is_whole, true) as is_whole, row_number() over (
                partition by o.identifier_h, d.signature_h order by o.row_no) as turn
            from owned o left join kept.said d on d.identity_h = o.identity_h where o.is_capped
        ), enough as (
            select row_no, identity_h from told qualify row_number() over (
                partition by identifier_h order by is_whole, turn, row_no) <= {cap + 1}
        )
        select row_no, identity_h from owned where not is_capped
        union
        from enough
        union
        select min(row_no), arg_min(identity_h, row_no) from hub_end
        where owns = {SEEN_WITH} group by identifier_h
        union
        select row_no, identity_h from own_end
        """
    )
    # who has no record of their own says what the records with their key say
    unheard = "select identity_h from near_end anti join kept.said using (identity_h)"
    at.ends.find(con, "unheard_end", "identifier_h", unheard)
    con.execute("insert into near_end select row_no, identity_h from unheard_end")
    con.execute(
        "create or replace temp table link_end as select distinct * from (from own_end"
        " union all from hub_end union all from unheard_end) semi join near_end using (row_no)"
    )
    asked = "select identity_h from near_end"
    if with_homes:
        asked += (
            " union all select identity_h from kept.said where home_h in"
            f" (select home_h from kept.said semi join {keys} on key_h = identity_h)"
        )
    fetch_records(con, at.records, asked)
    fetch_links(con, "link_end")
    hear_words(con)
    stage_links(con, number_keys(con), cap)


def drop_scratch(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what a look at some keys has left."""
    for table in _SCRATCH:
        con.execute(f"drop table if exists {table}")
