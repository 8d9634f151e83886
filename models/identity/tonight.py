"""The night's inputs as hashes, and what of them is not as it was the night before.

Belongs here: reading inputs, finding changes, fetching the rows that are asked for. Does not: what
follows from a change (exact.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.evidence import STRONG, WEAK, listed, one_number
from models.identity.kept import PART, NotInPartError, sums_sql
from models.identity.names import place_names
from models.identity.standard import RECORD

if TYPE_CHECKING:
    import duckdb

#: What the two ends of a link are to each other: an owner and an identifier that the cap bounds, or
#: does not; a key and a cookie or the like that was seen with it. Others say nothing of people.
OWNS, OWNS_ALL, SEEN_WITH = 1, 2, 3
_IS_STRONG = "(" + " or ".join(f"starts_with(identity_key, '{name}:')" for name in STRONG) + ")"
#: Query of links. Keys are long texts: what is joined and counted millions of times is their hash.
LINK = (
    "select rowid as row_no, hash(identity_key) as identity_h, hash(identifier_key) as"
    f" identifier_h, identifier_type, is_placeholder, {_IS_STRONG} as is_strong, first_seen_at,"
    " last_seen_at, known_at, identity_key, identifier_key, source_system, source_customer_id"
    " from work.identity.int_identifier_link"
)


def read_inputs(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``tonight_end`` and ``tonight_record`` from the attached ``work``.

    ``tonight_end`` has a row a link: its two ends as hashes, ``owns``, ``n_rows`` and a digest of
    all that it says; ``tonight_record`` a row a record. ``row_no`` is where the row is.
    """
    told = [str(row[0]) for row in
            con.execute("describe work.identity.int_identifier_link").fetchall()]  # fmt: skip
    others = ", ".join(name for name in told if name not in ("identity_key", "identifier_key"))
    con.execute(
        f"""
        create table tonight_end as
        select row_no, identity_h, identifier_h, n_rows,
               case when is_placeholder then 0
                    when identifier_type in ({listed(WEAK)}) then {SEEN_WITH}
                    when identity_h = identifier_h then 0
                    when identifier_type in ({listed(STRONG)}) and {_IS_STRONG}
                    then case identifier_type when 'known_person_id' then {OWNS_ALL} else {OWNS} end
                    else 0 end::tinyint as owns,
               hash(identity_h, identifier_h, {others}) as digest
        from (select *, rowid as row_no, hash(identity_key) as identity_h,
                     hash(identifier_key) as identifier_h from work.identity.int_identifier_link)
        """
    )
    con.execute(
        "create table tonight_record as select rowid as row_no, hash(identity_key) as rec,"
        " hash(r) as digest from work.identity.int_identity_record r"
    )
    wanted = [column.split() for column in RECORD.split(", ")]
    given = {str(row[0]) for row in
             con.execute("describe work.identity.int_identity_record").fetchall()}  # fmt: skip
    listed_columns = ", ".join(
        name if name in given else f"null::{kind} as {name}" for name, kind in wanted
    )
    con.execute(
        f"create view every_record as select rowid as row_no, {listed_columns}"
        " from work.identity.int_identity_record"
    )


def find_changed(con: duckdb.DuckDBPyConnection, most: float) -> None:
    """Make ``changed_key`` (key_h), ``gone_end`` and ``new_end``: what is not as it was.

    ``was_linked`` (identity_h) has the changed keys that links were of. Brings ``kept.link_end``
    and ``kept.record_digest`` up to tonight.

    Args:
        con: A connection with the inputs and ``kept``.
        most: The share of all rows above which a night is not worked out in part.

    Raises:
        NotInPartError: More have changed.
    """
    _differ(con, "tonight_end", "kept.link_end", "end")
    _differ(con, "tonight_record", "kept.record_digest", "record")
    con.execute(
        "create temp table changed_key as select identity_h as key_h from new_end"
        " union select identity_h from gone_end union select rec from new_record"
        " union select rec from gone_record"
    )
    n_changed, n_rows = con.execute(
        "select greatest((select count(*) from new_end), (select count(*) from gone_end))"
        " + greatest((select count(*) from new_record), (select count(*) from gone_record)),"
        " (select count(*) from tonight_end) + (select count(*) from tonight_record)"
    ).fetchone() or (1, 0)
    if n_changed > most * n_rows:
        raise NotInPartError("much has changed")
    con.execute(
        "create temp table was_linked as select identity_h from gone_end"
        " union select identity_h from kept.link_end semi join changed_key on key_h = identity_h"
    )
    con.execute("insert into kept.link_end select identity_h, identifier_h, owns, digest"
                " from new_end")  # fmt: skip
    con.execute("insert into kept.record_digest select rec, digest from new_record")


def _differ(con: duckdb.DuckDBPyConnection, now: str, before: str, what: str) -> None:
    """Make ``new_<what>`` and ``gone_<what>``, and take the latter out of what was kept.

    Rows are compared only where their sums differ, of a hundred thousandth of all each: a full join
    of two large tables costs ten times what two sums do.
    """
    con.execute(f"create or replace table now_sum as {sums_sql(now)}")
    con.execute(
        f"create or replace temp table unequal as select part from now_sum n full join"
        f" kept.{what}_sum b using (part) where n.n is distinct from b.n or n.sum <> b.sum"
    )
    for table, source in (("now_part", now), ("before_part", before)):
        con.execute(f"create or replace temp table {table} as from {source}"
                    f" where {PART} in (from unequal)")  # fmt: skip
    con.execute(f"create temp table new_{what} as from now_part anti join before_part"
                " using (digest)")  # fmt: skip
    con.execute(f"create temp table gone_{what} as from before_part anti join now_part"
                " using (digest)")  # fmt: skip
    con.execute(f"delete from {before} where digest in (select digest from gone_{what})")
    con.execute(f"create or replace table kept.{what}_sum as from now_sum")
    if one_number(con, f"select (select count(*) from {now}) - (select count(*) from new_{what})"
                       f" - (select count(*) from {before})"):  # fmt: skip
        raise NotInPartError("a row is there twice")


def start_pool(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``record``, empty, and ``record_at`` (rec): which records it has."""
    con.execute(f"create table record ({RECORD})")
    con.execute("create table record_at (rec ubigint)")


def fetch_records(con: duckdb.DuckDBPyConnection, recs: str) -> None:
    """Add the records whose hashes a query gives to ``record``, where they are not there yet."""
    con.execute(
        "create or replace temp table fetched as select row_no, rec from tonight_record"
        f" where rec in ({recs}) and rec not in (from record_at)"
    )
    if one_number(con, "select count(*) from fetched"):
        con.execute("insert into record_at select rec from fetched")
        con.execute(f"create or replace temp table heard_record ({RECORD})")
        con.execute("insert into heard_record by name select * exclude (row_no) from every_record"
                    " where row_no in (select row_no from fetched)")  # fmt: skip
        place_names(con, "heard_record")
        con.execute("insert into record from heard_record")


def fetch_links(con: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Make ``link`` of the rows whose numbers a query gives."""
    con.execute("drop table if exists link")
    con.execute(f"create table link as {LINK} where rowid in ({rows})")
    con.execute("create or replace view link_text as select row_no, identity_key, identifier_key,"
                " identifier_type, source_system, source_customer_id from link")  # fmt: skip


def read_links(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``link`` of all rows, without texts, and the view ``link_text`` of these by row_no."""
    con.execute(
        "create table link as select * exclude (identity_key, identifier_key, source_system,"
        f" source_customer_id) from ({LINK})"
    )
    con.execute("create view link_text as select rowid as row_no, identity_key, identifier_key,"
                " identifier_type, source_system, source_customer_id"
                " from work.identity.int_identifier_link")  # fmt: skip
