"""Loose groups: every pair of theirs is scored, and each is parted into people.

Belongs here: reading such a group's pairs, and who in it is never one person. Does not: how its
parts are found (linking.py), or scores.

Where people have many records one wrong birth date or family name is outvoted by the others; but
hardly two of them are wrong in the same way. So what two records of a group say alike is sure, and
two sure dates, or where no dates are said two sure family names, are two people's, unless others
lead from one to the other. Where few say a date, and none is said twice, any two are: none is
outvoted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity.arrays.frames import hide, show
from models.identity.arrays.graph import component_labels
from models.identity.probable import linking, scoring

if TYPE_CHECKING:
    import duckdb

    from models.identity.probable.training import Model


def read_pairs(con: duckdb.DuckDBPyConnection, table: str, also: str = "") -> tuple[Any, ...]:
    """Read a table of pairs (l, r, weight) by their numbers in ``linked_node``, in their order.

    Returns:
        Both ends, the weights, and what is asked for ``also``: each of shape (pairs,).
    """
    found = con.execute(
        f"select a.no as l, b.no as r, p.weight{also} from {table} p"
        " join linked_node a on a.node = p.l join linked_node b on b.node = p.r order by 1, 2"
    ).fetchnumpy()
    return tuple(found.values())


def show_labels(con: duckdb.DuckDBPyConnection, view: str, labels: Any) -> None:
    """Show the labels of ``linked_node`` (no, label)."""
    show(con, view, {"no": np.arange(len(labels), dtype=np.int64), "label": labels})


def part_groups(con: duckdb.DuckDBPyConnection, model: Model, labels: Any, loose: Any) -> Any:
    """Score every pair of the loose groups and part each.

    What was scored before becomes ``first_candidate`` and ``first_scored``.

    Args:
        con: A connection with ``linked_node``, ``std``, ``candidate`` and ``scored``.
        model: The model that scores.
        labels: Of which group each node is, shape (nodes,).
        loose: The labels of the loose groups.

    Returns:
        Labels for all nodes, shape (nodes,).
    """
    _score_all(con, model, labels, loose)
    left, right, weight, apart = _read_apart(con, model, len(labels))
    members = np.flatnonzero(np.isin(labels, loose))
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


def _score_all(con: duckdb.DuckDBPyConnection, model: Model, labels: Any, loose: Any) -> None:
    """Make ``loose_label`` (no, label) of the loose groups, and ``scored`` of all their pairs."""
    show_labels(con, "loose_in", labels)
    show_labels(con, "chosen_in", loose)
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


def _read_apart(con: duckdb.DuckDBPyConnection, model: Model, n_nodes: int) -> tuple[Any, ...]:
    """Read the pairs of the loose groups: both ends, weights, and which are never one person."""
    dates, near_dates, genders = scoring.apart_sql(model)
    names, near_names = scoring.names_sql(model)
    con.execute(
        f"create table loose_weight as select l, r,"
        f" {scoring.total_sql(model, model.n_records)} as weight, {dates} as dates,"
        f" {near_dates} as near_dates, {names} as names, {near_names} as near_names,"
        f" {genders} as genders from scored"
    )
    left, right, weight, dates, near_dates, names, near_names, genders = read_pairs(
        con, "loose_weight", ", dates, near_dates, names, near_names, genders"
    )
    ends = left, right
    # What others lead from one to the other, a slip at a time, are slips of one person's.
    led = left[near_dates], right[near_dates]
    if scoring.knows_homes(model):
        date = component_labels(n_nodes, *led)
        dates &= date[left] != date[right]
    elif dates.any():
        # dates of one year may be one person's all the same
        dates &= are_sure(con, n_nodes, led, ends, "born", "left(s.born, 4)", where_none_is=True)
    if names.any():
        led = left[near_names], right[near_names]
        names &= are_sure(con, n_nodes, led, ends, "family_no", "s.family_no")
    return left, right, weight, dates | names | genders


def are_sure(
    con: duckdb.DuckDBPyConnection,
    n_nodes: int,
    led: Any,
    pairs: Any,
    said: str,
    as_one: str,
    *,
    where_none_is: bool = False,
) -> Any:
    """Give which pairs of loose groups say two things of which neither is a slip.

    Sure is what two records of a group say alike, and what it leads to.

    Args:
        con: A connection with ``linked_node``, ``loose_label`` and ``std``.
        n_nodes: Nodes, numbered from 0.
        led: Both ends of pairs of which one leads to the other.
        pairs: Both ends of the pairs that are asked about.
        said: The column of ``std`` that is said.
        as_one: SQL over it (``s``): records of a group for which it is the same lead to another.
        where_none_is: Whether all is sure of a group in which nothing is said twice alike.

    Returns:
        Booleans, shape (pairs,).
    """
    found = con.execute(
        f"""
        with told as (
            select n.no, i.label, count(*) over (partition by i.label, s.{said}) as n_alike,
                   first_value(n.no) over (partition by i.label, {as_one} order by n.no) as other
            from linked_node n join loose_label i using (no) join std s on s.node = n.node
            where s.{said} is not null
        )
        select no, n_alike > 1 or ({where_none_is} and max(n_alike) over (partition by label) = 1)
                   as is_sure, other
        from told
        """
    ).fetchnumpy()
    no, is_said_twice, other = (np.asarray(column) for column in found.values())
    ends = (np.concatenate([led[0], no]), np.concatenate([led[1], other]))
    of_one = component_labels(n_nodes, *ends)
    is_sure = np.isin(of_one, of_one[no[is_said_twice]])
    left, right = pairs
    return is_sure[left] & is_sure[right] & (of_one[left] != of_one[right])
