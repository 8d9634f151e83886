"""The probabilistic step: from the people that exact identifiers give to those that evidence gives.

Belongs here: the order of the step, and what is written of each link. Does not: any rule (see
standard, blocking, comparisons, training, scoring, linking).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity import calibration, linking, scoring, training
from models.identity.blocking import make_candidates
from models.identity.decisions import bind_links
from models.identity.evidence import component_labels, one_number
from models.identity.frames import hide, show
from models.identity.standard import (
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
    columns = training.columns_of(con)
    if not columns:
        return ()
    model = served or training.read_model(state)
    is_new = served is None and (model is None or model.columns != columns)
    n_std = one_number(con, "select count(*) from std")
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
    differ = "false" if doubted else scoring.apart_sql(model)[0]
    con.execute(
        f"create table pair_weight as select l, r, {total} as weight, {differ} as differ"
        f" from scored where {total} >= {model.enough}"
        + (f" and l not in ({_DOUBTED}) and r not in ({_DOUBTED})" if doubted else "")
    )
    con.execute(
        "create table linked_node as select node, row_number() over (order by node) - 1 as no"
        " from (select l as node from pair_weight union select r from pair_weight)"
    )
    left, right, weight, doubt = _pairs(con, "pair_weight", ", p.differ")
    labels = linking.groups(left, right, weight, model.enough)
    loose = linking.unsettled(labels, left, right, weight, model.enough, doubt)
    if len(loose):
        labels = _parted(con, model, labels, loose, total)
    _show(con, "label_in", labels)
    con.execute(
        "create table joined as select n.node, i.label from linked_node n"
        " join label_in i using (no)"
    )
    hide(con, "label_in")


def _pairs(con: duckdb.DuckDBPyConnection, table: str, also: str = "") -> tuple[Any, ...]:
    found = con.execute(
        f"select a.no as l, b.no as r, p.weight{also} from {table} p"
        " join linked_node a on a.node = p.l join linked_node b on b.node = p.r order by 1, 2"
    ).fetchnumpy()
    return tuple(found.values())


def _show(con: duckdb.DuckDBPyConnection, view: str, labels: Any) -> None:
    show(con, view, {"no": np.arange(len(labels), dtype=np.int64), "label": labels})


def _parted(
    con: duckdb.DuckDBPyConnection,
    model: training.Model,
    labels: Any,
    loose: Any,
    total: str,
) -> Any:
    """Score every pair of the loose groups and part each; labels for all nodes."""
    members = np.flatnonzero(np.isin(labels, loose))
    _show(con, "loose_in", labels)
    _show(con, "chosen_in", loose)
    con.execute("create or replace temp table loose_label as select no, label from loose_in"
                " join (select label from chosen_in) using (label)")  # fmt: skip
    con.execute("alter table candidate rename to first_candidate")
    con.execute("alter table scored rename to first_scored")
    con.execute(
        "create table candidate as with m as (select n.node, i.label from linked_node n"
        " join loose_label i using (no))"
        " select a.node as l, b.node as r from m a join m b"
        " on a.label = b.label and a.node < b.node"
    )
    hide(con, "loose_in", "chosen_in")
    scoring.score_pairs(con, model)
    differ, near, genders = scoring.apart_sql(model)
    con.execute(
        f"create table loose_weight as select l, r, {total} as weight, {differ} as differ,"
        f" {near} as near, {genders} as genders from scored"
    )
    left, right, weight, differ, near, genders = _pairs(
        con, "loose_weight", ", p.differ, p.near, p.genders"
    )
    # Dates that others lead from one to the other, a slip at a time, are slips of one person's.
    led = left[near], right[near]
    if scoring.knows_homes(model):
        dates = component_labels(len(labels), *led)
        differ &= dates[left] != dates[right]
    else:
        differ &= _are_sure(con, len(labels), led, (left, right))
    apart = genders | differ
    order = members[np.argsort(labels[members], kind="stable")]
    place = np.zeros(len(labels), dtype=np.int64)
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    place[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    by_group = np.argsort(labels[left], kind="stable")
    left, right, weight, apart = (each[by_group] for each in (left, right, weight, apart))
    ends = np.searchsorted(labels[left], labels[order[starts]], side="right")
    begins = np.searchsorted(labels[left], labels[order[starts]], side="left")
    holds = linking.holds(model)
    result, following = labels.copy(), int(labels.max()) + 1
    for start, size, begin, end in zip(starts, sizes, begins, ends, strict=True):
        parts = linking.part(
            int(size), place[left[begin:end]], place[right[begin:end]], weight[begin:end], holds,
            apart[begin:end],
        )  # fmt: skip
        result[order[start : start + size]] = following + parts
        following += int(parts.max()) + 1
    return result


def _are_sure(con: duckdb.DuckDBPyConnection, n_nodes: int, led: Any, pairs: Any) -> Any:
    """Give which pairs of loose groups say two birth dates of which neither is a slip.

    Where people have many records some say a wrong date, but hardly two of them the same. So a date
    is sure where two records of the group say it alike, and so are those that are near to it; dates
    of one year may be one person's all the same.

    Returns:
        Booleans, shape (pairs,).
    """
    found = con.execute(
        """
        select n.no, count(*) over (partition by i.label, s.born) > 1 as is_sure,
               first_value(n.no) over (partition by i.label, left(s.born, 4) order by n.no) as other
        from linked_node n join loose_label i using (no) join std s on s.node = n.node
        where s.born is not null
        """
    ).fetchnumpy()
    no, is_said_twice, other = (np.asarray(column) for column in found.values())
    ends = (np.concatenate([led[0], no]), np.concatenate([led[1], other]))
    dates = component_labels(n_nodes, *ends)
    is_sure = np.isin(dates, dates[no[is_said_twice]])
    left, right = pairs
    return is_sure[left] & is_sure[right] & (dates[left] != dates[right])


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
    from models.identity.comparisons import COMPARISONS

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
