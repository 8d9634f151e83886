"""A night worked out in part: what changed, whom that can touch, and only those anew.

Belongs here: the order of such a night, up to who is one person. Does not: finding the part
(region.py) or its candidates (nearby.py), nor names and outputs (carrying.py).

The result equals that of a full run, because each step of one says of a cluster or a pair only what
follows from the records near it and from the model, and the model is the same. Whatever is in the
way of that (much has changed, the model does not fit any more) makes it a full run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.identity.arrays.lookup import Arrays
from models.identity.arrays.sql import one_number
from models.identity.exact.decisions import Decision, name_of
from models.identity.nights import kept, tonight
from models.identity.nights.kept import NEAR, NotInPartError
from models.identity.part import clusters, nearby, region
from models.identity.probable import scoring, training
from models.identity.probable.blocking import asked
from models.identity.probable.comparisons import COMPARISONS
from models.identity.probable.settling import find_left_alone, settle_part
from models.identity.probable.step import join_clusters, open_links, weighed_sql, words_sql
from models.identity.records.standard import OWN, make_standard, weigh_forms

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Lookups

#: Where more of all rows than this have changed, a full run costs little more.
MOST = 0.1


def find_people(
    con: duckdb.DuckDBPyConnection,
    model: training.Model,
    decisions: Sequence[Decision],
    cap: int,
) -> Lookups:
    """Make ``cluster`` and what a full run has beside it, of the part that tonight touches.

    Needs tonight's inputs in ``work``, ``kept`` to write in and the model's ``frequency``. Makes
    ``hot`` (name: the nodes of the part, those of last night and of tonight), and brings up to
    tonight what ``kept`` has of inputs, exact identifiers and evidence.

    Returns:
        What can be looked up.

    Raises:
        NotInPartError: All has to be worked out.
    """
    at = tonight.find_changed(con, MOST)
    tonight.start_pool(con)
    decided = region.decided_keys(con, named(decisions))
    clusters.find_clusters(con, at, decisions, decided, cap)
    region.find_region(con, at, decided)
    keys = Arrays(con, "from kept.record_key")
    _find_touched(con, at, keys, model, cap)
    _score(con, at, keys, model, cap)
    del keys
    _grow(con, at, model)
    region.leave_part(con, at)
    _join(con, at, model, cap)
    return at


def named(decisions: Sequence[Decision]) -> list[tuple[str, list[str]]]:
    """Give the name and the keys of each decision."""
    return [(name_of(each), [*each.left, *each.right]) for each in decisions]


def _explain(con: duckdb.DuckDBPyConnection, model: training.Model) -> None:
    """Note in ``kept.shown_pair`` what speaks for further pairs that a person might be shown.

    Those that are not are taken out again (review.py); the others need not be scored once more.
    """
    con.execute(
        f"""
        insert into kept.shown_pair
        select distinct a.name, b.name, {words_sql(model)} from ({weighed_sql(con, model)}) p
        join node_no a on a.no = p.l join node_no b on b.no = p.r
        anti join kept.shown_pair s on s.l = a.name and s.r = b.name
        where abs(weight - {model.enough}) <= {NEAR}
        """
    )


def standardise(
    con: duckdb.DuckDBPyConnection,
    at: Lookups,
    cap: int,
    counted: str,
    of: str,
    names: str = "",
) -> None:
    """Make ``std`` and forms of the records that a query (rec, name) gives, and ``node_no``.

    Nodes are numbered in the order of their names, as a full run does: those of the records, or
    those of a table of ``names``.
    """
    con.execute("drop table if exists std")
    con.execute(f"create or replace table part_record as {of}")
    tonight.fetch_records(con, at.records, "select rec from part_record")
    con.execute("create or replace table node_no as select name, row_number() over (order by name)"
                "::integer - 1 as no"
                f" from (select distinct name from {names or 'part_record'})")  # fmt: skip
    con.execute(
        "create or replace table record_node as select p.rec, n.no as node from part_record p"
        " join node_no n using (name)"
    )
    make_standard(con, cap, counted)


def _find_touched(
    con: duckdb.DuckDBPyConnection, at: Lookups, keys: Arrays, model: training.Model, cap: int
) -> None:
    """Make ``touched`` (name): nodes of which pairs are found anew, with ``changed_node`` in it.

    Brings ``kept.record_key`` up to tonight.
    """
    at.records.find(con, "region_record", "rec", "from region_key")
    con.execute(
        "create table now_record as select t.rec, n.name, t.digest from key_name n"
        " join region_record t on t.rec = n.key_h where not n.is_weak"
    )
    keys.find(con, "region_record_key", "rec", "from region_key")
    con.execute(
        """
        create table changed_node as
        with before as (
            select rec, name, digest from region_record_key
        )
        select distinct name from ((from now_record except from before)
                                   union all (from before except from now_record))
        """
    )
    con.execute("create table touched as from changed_node")
    while True:
        keys.find(con, "touched_key", "name", "from touched")
        standardise(con, at, cap, _COUNTED, _TOUCHED_RECORDS)
        crossed = nearby.crossed_contacts(con, keys, cap)
        if not _touch(con, crossed):
            break
    nearby.make_new_keys(con, at.records)
    con.execute("create table moved_node as from touched")
    _touch(con, nearby.crossed_blocks(con, keys, model.loose))
    nearby.replace_rows(con, "from moved_node")
    says = nearby.says_something(con, len(COMPARISONS))
    share = dict(zip((c.name for c in COMPARISONS), says, strict=True))
    n_records = one_number(con, "select count(*) from kept.record_key")
    no_fit = training.told_columns(share, model) != model.columns or training.is_outgrown(
        model, n_records
    )
    if no_fit or training.loose_caps(model, n_records) is None:
        raise NotInPartError("the model does not fit any more")


_COUNTED = (
    f"(select {', '.join(OWN.values())} from kept.record_key where name not in (from touched)"
    f" union all select {', '.join(OWN.values())} from std)"
)
_TOUCHED_RECORDS = """
    select rec, name from now_record where name in (from touched)
    union all
    select rec, name from touched_key where name not in (from changed_node)
      and rec not in (select rec from now_record)
"""


def _touch(con: duckdb.DuckDBPyConnection, names: str) -> int:
    return one_number(
        con,
        f"insert into touched select distinct name from ({names}) anti join touched using (name)",
    )


def _score(
    con: duckdb.DuckDBPyConnection, at: Lookups, keys: Arrays, model: training.Model, cap: int
) -> None:
    """Make ``new_pair`` (l, r, weight, evidence): pairs of ``touched`` nodes, near a link."""
    nearby.make_candidates(con, keys, model.loose, asked(len(model.columns)))
    nearby.drop_scratch(con)
    standardise(
        con, at, cap, "kept.record_key",
        "select rec, name from kept.record_key where name in"
        " (select l from candidate_name union select r from candidate_name)",
    )  # fmt: skip
    score_named(con, model, "candidate_name")
    total = scoring.total_sql(model, model.n_records)
    con.execute(
        f"create table new_pair as select a.name as l, b.name as r, {total} as weight,"
        f" {words_sql(model)} as evidence from scored"
        " join node_no a on a.no = scored.l join node_no b on b.no = scored.r"
        f" where {total} >= {model.enough - NEAR}"
    )


def score_named(con: duckdb.DuckDBPyConnection, model: training.Model, pairs: str) -> None:
    """Make ``scored`` of a table of pairs of names, over ``std`` and ``node_no``."""
    con.execute("drop table if exists candidate; drop table if exists scored")
    weigh_forms(con, model.n_records)
    con.execute(
        f"create table candidate as select a.no as l, b.no as r from {pairs} p"
        " join node_no a on a.name = p.l join node_no b on b.name = p.r"
    )
    scoring.score_pairs(con, model)


def _grow(con: duckdb.DuckDBPyConnection, at: Lookups, model: training.Model) -> None:
    """Make ``hot`` (name): all that hangs together, or did, with what is touched.

    Brings ``kept.scored_pair`` up to tonight.
    """
    con.execute(
        "create table hot as from touched union select name from region_node union"
        " select name from key_name semi join region_key using (key_h) union"
        f" select unnest([l, r]) from new_pair where weight >= {model.enough}"
    )
    find_left_alone(con, at)
    con.execute(
        "create temp table edge as select l, r from kept.scored_pair"
        f" where weight >= {model.enough} and not is_loose"
    )
    grown = 1
    while grown:
        grown = 0
        for more in (_LINKED, _OF_ONE_CUSTOMER):
            grown += one_number(
                con,
                f"insert into hot select distinct name from ({more}) anti join hot using (name)",
            )
    con.execute("drop table edge")
    for table in ("scored_pair", "shown_pair"):
        con.execute(f"delete from kept.{table} where l in (from touched) or r in (from touched)")
    con.execute("insert into kept.scored_pair select l, r, weight, false from new_pair")
    con.execute("insert into kept.shown_pair select l, r, evidence from new_pair"
                f" where weight <= {model.enough + NEAR}")  # fmt: skip
    con.execute("delete from kept.scored_pair where is_loose"
                " and (l in (from hot) or r in (from hot))")  # fmt: skip


_LINKED = """
    select r as name from edge semi join hot on hot.name = edge.l
    union all select l from edge semi join hot on hot.name = edge.r
"""
_OF_ONE_CUSTOMER = """
    select name from kept.cluster_customer semi join (
        select customer_h from kept.cluster_customer semi join hot using (name)) using (customer_h)
"""


def _join(con: duckdb.DuckDBPyConnection, at: Lookups, model: training.Model, cap: int) -> None:
    """Change ``cluster`` to what evidence says."""
    open_links(con)
    standardise(
        con, at, cap, "kept.record_key",
        "select rec, name from kept.record_key semi join cluster_name using (name)",
        "cluster_name",
    )  # fmt: skip
    con.execute(
        "create or replace table near_pair as select p.l, p.r from kept.scored_pair p"
        " semi join cluster_name a on a.name = p.l semi join cluster_name b on b.name = p.r"
        " where not is_loose"
    )
    score_named(con, model, "near_pair")
    join_clusters(con, model)
    kept.keep_pairs(con, model, is_loose=True)
    _explain(con, model)
    settle_part(con, at)
    for table in ("std", "candidate", "record_node", *scoring.SCRATCH):
        con.execute(f"drop table if exists {table}")
