"""The probabilistic step: from the people that exact identifiers give to those that evidence gives.

Belongs here: the order of the step, and what is written of each link. Does not: any rule (see
standard, blocking, comparisons, training, scoring, linking, parting).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.arrays.frames import hide
from models.identity.arrays.sql import one_number
from models.identity.exact.decisions import bind_links
from models.identity.probable import calibration, linking, scoring, training
from models.identity.probable.blocking import make_candidates
from models.identity.probable.parting import part_groups, read_pairs, show_labels
from models.identity.records.standard import (
    FREQUENCIES,
    make_frequencies,
    make_standard,
    write_frequencies,
)

if TYPE_CHECKING:
    import duckdb


def link_probable(
    con: duckdb.DuckDBPyConnection,
    state: Path,
    out: Path,
    cap: int,
    *,
    served: training.Model | None = None,
) -> tuple[str, ...]:
    """Join clusters of ``cluster`` that evidence says are one person.

    Makes ``probable_link`` (cluster, joined_cluster, match_probability, evidence): which cluster a
    cluster becomes part of, with its surest link in words; and changes ``cluster`` accordingly. The
    model is read from ``state`` or trained, and written to ``out``; one that is ``served`` is taken
    as it is. Where records have nothing to compare, nothing is linked.

    Returns:
        What was compared: names of comparisons, empty where there was nothing to compare.
    """
    open_links(con)
    con.execute(
        "create table record_node as select c.key_h as rec, c.cluster as node from record r"
        " join cluster c on c.key_h = hash(r.identity_key) where not c.is_weak"
    )
    make_standard(con, cap)
    con.execute("drop table record")  # all that it says is in numbers and forms now
    model = served or training.read_model(state)
    columns = training.columns_of(con, model)
    if not columns:
        return ()
    n_std = one_number(con, "select count(*) from std")
    is_new = served is None and (
        model is None or model.columns != columns or training.is_outgrown(model, n_std)
    )
    n_records = n_std if model is None or is_new else model.n_records
    make_frequencies(con, None if is_new else state / FREQUENCIES, n_records)
    n_now = n_records if served else n_std
    known = training.loose_caps(None if is_new or served else model, n_now)
    caps = make_candidates(con, n_now, len(columns), known)
    if model is None or is_new:
        model = training.train(con)
    if served is None and model.loose != caps:
        model.loose, model.loose_of = caps, n_now
    # what a model learns, and its curve, are of all pairs: a night asks for those near a link
    scoring.score_pairs(con, model, is_near_only=not is_new and served is None)
    if is_new:
        calibration.calibrate(con, model, n_records)
        scoring.sum_up(con, model)
    if served is None:
        training.write_model(model, out)
        write_frequencies(con, out)
    join_clusters(con, model)
    for table in ("std", "candidate", "record_node", *scoring.SCRATCH):
        con.execute(f"drop table if exists {table}")
    return tuple(model.columns)


_DOUBTED = (
    "select node from record_node left join of_several s on s.identity_h = rec"
    " group by node having bool_and(s.identity_h is not null)"
)


def open_links(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``probable_link``, empty, and give ``cluster`` its ``own_cluster``: before evidence."""
    con.execute(
        "create table probable_link (cluster bigint, joined_cluster bigint,"
        " match_probability double, evidence varchar)"
    )
    con.execute("create or replace table cluster as select *, cluster as own_cluster from cluster")


def join_clusters(con: duckdb.DuckDBPyConnection, model: training.Model) -> None:
    """Change ``cluster`` to what the pairs in ``scored`` say, as far as no decision forbids it."""
    _link(con, model, model.n_records)
    bind_links(con)
    _apply(con, model, model.n_records)


def _link(con: duckdb.DuckDBPyConnection, model: training.Model, n_records: int) -> None:
    """Make ``joined`` (node, label) from ``scored``: nodes of one label are one person."""
    total = scoring.total_sql(model, n_records)
    doubted = scoring.knows_homes(model)  # who could be either of two is left to people
    dates, names = scoring.apart_sql(model)[0], scoring.names_sql(model)[0]
    differ = "false" if doubted else f"{dates} or {names}"
    con.execute(
        f"create table pair_weight as select l, r, {total} as weight, {differ} as differ"
        f" from scored where {total} >= {model.enough}"
        + (f" and l not in ({_DOUBTED}) and r not in ({_DOUBTED})" if doubted else "")
    )
    con.execute(
        "create table linked_node as select node, row_number() over (order by node) - 1 as no"
        " from (select l as node from pair_weight union select r from pair_weight)"
    )
    left, right, weight, doubt = read_pairs(con, "pair_weight", ", p.differ")
    labels = linking.groups(left, right, weight, model.enough)
    loose = linking.unsettled(labels, left, right, weight, model.enough, doubt)
    if len(loose):
        labels = part_groups(con, model, labels, loose)
    show_labels(con, "label_in", labels)
    con.execute(
        "create table joined as select n.node, i.label from linked_node n"
        " join label_in i using (no)"
    )
    hide(con, "label_in")


def _apply(con: duckdb.DuckDBPyConnection, model: training.Model, n_records: int) -> None:
    """Join the clusters and say by what: the surest link that a cluster has within its person."""
    words = words_sql(model)
    con.execute(
        f"""
        insert into probable_link
        with person as (
            select label, min(node) as first_node from joined group by label having count(*) > 1
        ), member as (
            select j.node, p.first_node from joined j join person p using (label)
        ), links as (
            select s.*, {scoring.total_sql(model, n_records)} as weight, {words} as evidence
            from ({_scored_sql(con)}) s join member a on a.node = s.l
            join member b on b.node = s.r and a.first_node = b.first_node
        ), surest as (
            select node, weight, evidence from (
                select l as node, r as other, weight, evidence from links
                union all
                select r, l, weight, evidence from links)
            qualify row_number() over (partition by node order by weight desc, other) = 1
        )
        select m.node, m.first_node, 1 / (1 + pow(2, -s.weight)), s.evidence
        from member m left join surest s using (node)
        """
    )
    con.execute(
        "create or replace table cluster as"
        " select c.* replace (coalesce(p.joined_cluster, c.cluster) as cluster)"
        " from cluster c left join probable_link p using (cluster)"
    )


def scored_tables(con: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """Names of the tables of scored candidates and of the scored pairs of loose groups, if any."""
    if one_number(con, "select count(*) from duckdb_tables() where table_name = 'first_scored'"):
        return "first_scored", "scored"
    return "scored", ""


def weighed_sql(con: duckdb.DuckDBPyConnection, model: training.Model) -> str:
    """SQL of every pair that was scored, some of them twice, with its ``weight``."""
    total = scoring.total_sql(model, model.n_records)
    return f"select *, {total} as weight from ({_scored_sql(con)})"


def _scored_sql(con: duckdb.DuckDBPyConnection) -> str:
    # whether a pair is there twice does not matter, and looking for those takes long
    tables = [name for name in scored_tables(con) if name]
    return " union all by name ".join(f"select * from {name}" for name in tables)


def words_sql(model: training.Model) -> str:
    """SQL of a pair's evidence: each attribute's level and weight in bits; no value of anybody."""
    from models.identity.probable.comparisons import COMPARISONS

    parts = []
    for comparison in COMPARISONS:
        if comparison.name in model.columns:
            cases = " ".join(
                f"when {number} then '{level.name}'"
                for number, level in enumerate(comparison.levels)
            )
            parts.append(
                f"'{comparison.name} ' || case level_{comparison.name} {cases} end"
                f" || format(' {{:+.1f}}', weight_{comparison.name})"
            )
    return f"concat_ws('; ', {', '.join(parts)})" if parts else "''"
