"""Which pairs a person could judge: the most uncertain, and those that would move the most rows.

Belongs here: choosing them among the pairs that are kept, with their evidence in words, and how the
weights of all are spread.
Does not: showing them, or what rows are worth in money (orchestration).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.arrays.keys import Keys, lay
from models.identity.arrays.sql import one_number, quoted_path
from models.identity.exact.decisions import Decision
from models.identity.nights.kept import NEAR
from models.identity.part.increment import score_named, standardise
from models.identity.probable import training
from models.identity.probable.step import words_sql

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Lookups

FILE = "review_pair.parquet"
#: The most uncertain pairs are looked at, no more than so many.
MANY = 5_000
#: Pairs of each kind that are kept.
MOST = 200
#: For so many times as many is kept what speaks for them: who moves up a few places is known then,
#: and nobody need be scored for it.
SPARE = 2
COLUMNS = (
    "kind varchar, place bigint, left_key varchar, right_key varchar, left_keys varchar[],"
    " right_keys varchar[], left_customer_id varchar, right_customer_id varchar, is_one boolean,"
    " weight double, enough double, evidence varchar, n_rows bigint"
)


def write_review(
    con: duckdb.DuckDBPyConnection,
    keys: Keys,
    out: Path,
    model: training.Model | None,
    decisions: Sequence[Decision],
    cap: int,
    at: Lookups,
) -> None:
    """Write ``review_pair.parquet``: a row a pair and kind (uncertain, consequential).

    ``left_keys`` and ``right_keys`` are what exact identifiers hold together on either side,
    ``left_key`` and ``right_key`` their first records; ``n_rows`` is the fewer of the rows that
    either side's keys came with: those that a changed mind would move. No value of anybody.
    """
    con.execute(f"create table review_pair ({COLUMNS})")
    if model is not None:
        _choose(con, keys, at, model, decisions)
        _explain(con, at, model, cap)
    file = quoted_path(out / FILE)
    con.execute(
        f"copy (select * from review_pair order by kind, place) to '{file}' (format parquet)"
    )


def _choose(
    con: duckdb.DuckDBPyConnection,
    keys: Keys,
    at: Lookups,
    model: training.Model,
    decisions: Sequence[Decision],
) -> None:
    """Make ``placed_pair``: the pairs that are shown, by the names of their nodes.

    And ``shown_side`` (name, keys, first_key, customer_id): what is told of each node.
    """
    con.execute("create table refused_pair (l ubigint, r ubigint)")
    refused = [(l, r) for d in decisions if not d.is_one for l in d.left for r in d.right]  # noqa: E741
    if refused:
        con.executemany("insert into refused_pair values (hash(?), hash(?))", refused)
    con.execute(
        f"""
        create table uncertain_pair as
        select l, r, weight from kept.scored_pair where abs(weight - {model.enough}) <= {NEAR}
        order by abs(weight - {model.enough}), l, r limit {MANY}
        """
    )
    con.execute(
        "create or replace temp table held_key as select name, key_h from kept.key_node"
        " where not is_weak and name in (select unnest([l, r]) from uncertain_pair)"
    )
    at.ends.find(con, "asked_end", "identity_h", "select key_h from held_key")
    con.execute(
        f"""
        create table placed_pair as
        with rows_of as (
            select identity_h as key_h, max(n_rows) as n_rows from asked_end group by identity_h
        ), side as (
            select h.name, list(h.key_h) as keys, sum(k.n_rows) as n_rows
            from held_key h left join rows_of k using (key_h) group by h.name
        ), of_whom as (
            select name, customer_h from kept.cluster_customer
            where name in (select unnest([l, r]) from uncertain_pair)
        ), pair as (
            select n.l, n.r, a.customer_h = b.customer_h as is_one, n.weight,
                   {model.enough} as enough, least(x.n_rows, y.n_rows) as n_rows
            from uncertain_pair n join side x on x.name = n.l join side y on y.name = n.r
            join of_whom a on a.name = n.l join of_whom b on b.name = n.r
            where not exists (
                select 1 from refused_pair p
                where (list_contains(x.keys, p.l) and list_contains(y.keys, p.r))
                   or (list_contains(x.keys, p.r) and list_contains(y.keys, p.l)))
        ), placed as (
            select 'uncertain' as kind, row_number() over (
                       order by abs(weight - enough), l, r) as place, * from pair
            union all
            select 'consequential', row_number() over (
                       order by n_rows desc, abs(weight - enough), l, r), * from pair
        )
        select * from placed where place <= {SPARE * MOST}
        """
    )
    _read_sides(con, keys, at)


def _read_sides(con: duckdb.DuckDBPyConnection, keys: Keys, at: Lookups) -> None:
    """Make ``shown_side`` of the nodes of ``placed_pair``; ``kept.shown_text`` has their texts."""
    con.execute(
        "create table shown_key as select key_h, name from kept.key_node where not is_weak"
        f" and name in (select unnest([l, r]) from placed_pair where place <= {MOST})"
    )
    shown = con.execute("select key_h from shown_key").fetchnumpy()
    lay(con, keys, "shown_now", keys.among(shown["key_h"]), {"key_h": keys.hashes})
    con.execute("create table shown_text as select key_h, identity_key from shown_now")
    con.execute("insert into shown_text from kept.shown_text semi join shown_key using (key_h)"
                " anti join shown_text using (key_h)")  # fmt: skip
    for side in ("identity", "identifier"):
        at.ends.find(con, "shown_end", f"{side}_h",
                     "select key_h from shown_key anti join shown_text using (key_h)")  # fmt: skip
        con.execute(
            f"insert into shown_text select distinct e.{side}_h, l.{side}_key from shown_end e"
            " join work.identity.int_identifier_link l on l.rowid = e.row_no"
        )
    at.records.find(con, "shown_record", "rec", "select key_h from shown_key")
    con.execute("create or replace table kept.shown_text as from shown_text")
    con.execute(
        """
        create table shown_side as
        select name, list(t.identity_key order by t.identity_key) as keys,
               min(t.identity_key) filter (key_h in (select rec from shown_record)) as first_key,
               any_value(c.customer_id) as customer_id
        from shown_key join shown_text t using (key_h) join kept.cluster_customer c using (name)
        group by name
        """
    )


def _explain(con: duckdb.DuckDBPyConnection, at: Lookups, model: training.Model, cap: int) -> None:
    """Fill ``review_pair``: the chosen pairs with their evidence, worked out where it is not known.

    ``kept.shown_pair`` (l, r, evidence) has last night's, but for those of changed nodes.
    """
    con.execute("create table shown_pair as select l, r, min(place) as place from placed_pair"
                " anti join kept.shown_pair using (l, r) group by l, r")  # fmt: skip
    if one_number(con, f"select count(*) from shown_pair where place <= {MOST}"):
        standardise(
            con, at, cap, "kept.record_key",
            "select rec, name from kept.record_key where name in"
            " (select l from shown_pair union select r from shown_pair)",
        )  # fmt: skip
        score_named(con, model, "shown_pair")
        con.execute(
            f"insert into kept.shown_pair select a.name, b.name, {words_sql(model)} from scored"
            " join node_no a on a.no = scored.l join node_no b on b.no = scored.r"
        )
    con.execute("delete from kept.shown_pair where (l, r) not in (select (l, r) from placed_pair)")
    con.execute(
        f"""
        insert into review_pair by name
        select p.* exclude (l, r), s.evidence,
               x.keys as left_keys, x.first_key as left_key, x.customer_id as left_customer_id,
               y.keys as right_keys, y.first_key as right_key, y.customer_id as right_customer_id
        from placed_pair p join kept.shown_pair s on s.l = p.l and s.r = p.r
        join shown_side x on x.name = p.l join shown_side y on y.name = p.r
        where p.place <= {MOST}
        """
    )


def weight_histogram(
    con: duckdb.DuckDBPyConnection, model: training.Model | None
) -> tuple[dict[int, int], float | None]:
    """Count the pairs near a link or above by their weight, in bins of two bits; what is enough."""
    if model is None:
        return {}, None
    rows = con.execute(
        "select (2 * floor(greatest(least(weight, 40), -40) / 2))::integer as bin, count(*)"
        " from kept.scored_pair group by bin order by bin"
    ).fetchall()
    return {int(low): int(n) for low, n in rows}, model.enough
