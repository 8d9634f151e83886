"""The night's inputs as hashes, and what of them is not as it was the night before.

Belongs here: reading inputs, finding changes, fetching the rows that are asked for. Does not: what
follows from a change (clusters.py).

``tonight_end`` has a row a link, in numbers, and ``tonight_record`` a row a record: views of what
is kept of them in a full run, arrays (lookup.py) in a night in part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.arrays.lookup import Arrays, Lookups, Stored, only_in_one
from models.identity.arrays.sql import one_number
from models.identity.exact.hubs import STRONG, WEAK
from models.identity.nights.kept import NotInPartError
from models.identity.records.names import place_names
from models.identity.records.standard import RECORD

if TYPE_CHECKING:
    import duckdb

#: What the two ends of a link are to each other: an owner and an identifier that the cap bounds, or
#: does not; a key and a cookie or the like that was seen with it. Others say nothing of people.
OWNS, OWNS_ALL, SEEN_WITH = 1, 2, 3
# A case asks no further once it knows; of an "or" all are asked, of millions of long texts.
_IS_STRONG = (
    "case "
    + " ".join(f"when starts_with(identity_key, '{name}:') then true" for name in STRONG)
    + " else false end"
)
#: What is read of a link beside its ends, which are hashes: keys are long texts.
_OF_LINK = "identifier_type, is_placeholder, first_seen_at, last_seen_at, known_at"


def read_inputs(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``link`` of all rows, without texts, and keep ends and digests of the attached ``work``.

    All are row by row as ``work`` has them, and so are the views ``link_text``, ``tonight_end`` and
    ``tonight_record``.
    """
    con.execute(
        "create table link as select identity_h, identifier_h, is_strong, owns, digest,"
        f" {_OF_LINK} from ({_end_sql(con, _OF_LINK)})"
    )
    con.execute("create table kept.link_end as select identity_h, identifier_h, owns, digest"
                " from link")  # fmt: skip
    con.execute("alter table link drop owns")
    con.execute("alter table link drop digest")
    con.execute(f"create table kept.record_digest as select rec, digest from ({RECORD_DIGEST})")
    con.execute(f"create view link_text as {LINK_TEXT}")
    con.execute(
        "create view tonight_end as select e.*, l.n_rows, l.rowid as row_no from kept.link_end e"
        " positional join work.identity.int_identifier_link l"
    )
    con.execute("create view tonight_record as select rowid as row_no, * from kept.record_digest")


#: Query of the records: where each is (row_no), its key as a hash and a digest of all it says.
RECORD_DIGEST = (
    "select rowid as row_no, hash(identity_key) as rec, hash(r) as digest"
    " from work.identity.int_identity_record r"
)


def _end_sql(con: duckdb.DuckDBPyConnection, also: str = "") -> str:
    """Query of the links: where each is (row_no), its two ends as hashes, what they are to each
    other (``owns``), whether the first can be a person, ``n_rows`` and a digest of all it says.
    Other columns of theirs that are asked for come ``also``.
    """  # noqa: D205
    told = [str(row[0]) for row in
            con.execute("describe work.identity.int_identifier_link").fetchall()]  # fmt: skip
    others = ", ".join(name for name in told if name not in ("identity_key", "identifier_key"))
    return f"""
        select row_no, identity_h, identifier_h, n_rows, is_strong,
               case when is_placeholder or kind is null then 0
                    when kind <= {len(WEAK)} then {SEEN_WITH}
                    when identity_h = identifier_h or not is_strong then 0
                    when kind = {_KINDS.index("known_person_id") + 1} then {OWNS_ALL}
                    else {OWNS} end::tinyint as owns,
               hash(identity_h, identifier_h, {others}) as digest{also and f", {also}"}
        from (select *, rowid as row_no, hash(identity_key) as identity_h,
                     hash(identifier_key) as identifier_h, {_IS_STRONG} as is_strong,
                     list_position({_KINDS}, identifier_type) as kind
              from work.identity.int_identifier_link)
        """


#: What an identifier can be; a function of one text is worked out once for rows of the same one.
_KINDS = [*WEAK, *STRONG]


def see_records(con: duckdb.DuckDBPyConnection) -> None:
    """Make the view ``every_record``: all that records say, also columns that a company lacks."""
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


def find_changed(con: duckdb.DuckDBPyConnection, most: float) -> Lookups:
    """Make ``changed_key`` (key_h), ``gone_end`` and ``new_end``: what is not as it was.

    ``changed_end`` has the links of changed keys, ``was_linked`` (identity_h) those of them that
    links were of. Brings ``kept.link_end`` and ``kept.record_digest`` up to tonight.

    Args:
        con: A connection with ``work`` and ``kept``.
        most: The share of all rows above which a night is not worked out in part.

    Returns:
        What the night can look up.

    Raises:
        NotInPartError: More have changed.
    """
    ends = Arrays(con, _end_sql(con))
    records = Arrays(con, RECORD_DIGEST)
    last_ends, last_records = (
        Arrays(con, f"from {table}") for table in ("kept.link_end", "kept.record_digest")
    )
    n_changed = _differ(con, ends, last_ends, "end") + _differ(con, records, last_records, "record")
    if n_changed > most * (len(ends) + len(records)):
        raise NotInPartError("much has changed")
    con.execute(
        "create temp table changed_key as select identity_h as key_h from new_end"
        " union select identity_h from gone_end union select rec from new_record"
        " union select rec from gone_record"
    )
    last_ends.find(con, "was_linked", "identity_h", "from changed_key")
    ends.find(con, "changed_end", "identity_h", "from changed_key")
    for table, what in (("link_end", "end"), ("record_digest", "record")):
        if one_number(con, f"select count(*) from gone_{what}"):
            con.execute(
                f"delete from kept.{table} where digest in (select digest from gone_{what})"
            )
    con.execute("insert into kept.link_end by name select identity_h, identifier_h, owns, digest"
                " from new_end")  # fmt: skip
    con.execute("insert into kept.record_digest by name select rec, digest from new_record")
    return Lookups(ends, records, Arrays(con, NODES))


#: Query of whose keys were last night.
NODES = "select key_h, name, is_weak, known_at from kept.key_node"


def _differ(con: duckdb.DuckDBPyConnection, now: Arrays, before: Arrays, what: str) -> int:
    """Make ``new_<what>`` and ``gone_<what>``; how many rows the larger of them has.

    Digests are sorted and compared as arrays: a full join of two large tables costs ten times that.
    """
    try:
        changed = only_in_one(now.values("digest"), before.values("digest"))
    except ValueError as error:
        raise NotInPartError("a row is there twice") from error
    counts = []
    for table, rows in ((f"new_{what}", now), (f"gone_{what}", before)):
        rows.find(con, table, "digest", changed)
        counts.append(one_number(con, f"select count(*) from {table}"))
    return max(counts)


def start_pool(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``record``, empty, and ``record_at`` (rec): which records it has."""
    con.execute(f"create table record ({RECORD})")
    con.execute("create table record_at (rec ubigint)")


def fetch_records(con: duckdb.DuckDBPyConnection, records: Arrays | Stored, recs: str) -> None:
    """Add the records whose hashes a query gives to ``record``, where they are not there yet."""
    records.find(con, "asked_record", "rec", recs)
    con.execute("create or replace temp table fetched as select row_no, rec from asked_record"
                " anti join record_at using (rec)")  # fmt: skip
    if one_number(con, "select count(*) from fetched"):
        con.execute("insert into record_at select rec from fetched")
        con.execute(f"create or replace temp table heard_record ({RECORD})")
        con.execute("insert into heard_record by name select * exclude (row_no) from every_record"
                    " where row_no in (select row_no from fetched)")  # fmt: skip
        place_names(con, "heard_record")
        con.execute("insert into record from heard_record")


def fetch_links(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make ``link`` of a table of tonight's links, each once, and the view ``link_text``."""
    con.execute("drop table if exists link")
    con.execute(
        "create table link as select e.row_no, e.identity_h, e.identifier_h, l.identifier_type,"
        " l.is_placeholder, e.is_strong, l.first_seen_at, l.last_seen_at, l.known_at"
        f" from {table} e join work.identity.int_identifier_link l on l.rowid = e.row_no"
        " order by e.row_no"
    )
    con.execute(f"create or replace view link_text as {LINK_TEXT}"
                " where rowid in (select row_no from link)")  # fmt: skip


def fetch_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``link_text`` a table: looking through all texts takes long enough once.

    It is in the order of ``link``, as all texts are in a full run.
    """
    con.execute("create temp table fetched_text as from link_text order by row_no")
    con.execute("create or replace view link_text as from fetched_text")


#: Query of the texts of links.
LINK_TEXT = (
    "select rowid as row_no, identity_key, identifier_key, identifier_type, source_system,"
    " source_customer_id from work.identity.int_identifier_link"
)
