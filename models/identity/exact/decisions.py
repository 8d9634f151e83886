"""What people have decided: two who must be one customer, two who must never be.

Belongs here: how a decision binds the matcher's clusters, whatever the evidence says. Does not:
taking decisions down or naming records (orchestration), or any evidence.

A must-link is one more group of records, before all others. A cannot-link holds for the whole
person: a group that would bring the two together, over any chain, links nobody but those who
clearly agree with one side (two of given name, family name, birth date), and the identifier that
it stood for is then shared and resolves nobody. Evidence decides about the rest, and its links too
are taken from the surest on, as far as no decision forbids them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.identity.arrays.graph import Apart, component_labels
from models.identity.arrays.numbering import numbered
from models.identity.arrays.sql import one_number
from models.identity.exact.hubs import STRONG

if TYPE_CHECKING:
    import duckdb

#: The groups of must-links, among those of identifiers.
GROUP = "decision"
#: How many of given name, family name and birth date make one agree with a side.
CLEARLY = 2
_LINKED = "select identity_h from link"
_RANK = {name: rank for rank, name in enumerate((GROUP, *STRONG))}


@dataclass(frozen=True)
class Decision:
    """One standing decision: the identity keys of either side.

    Attributes:
        is_one: Whether the two are one customer.
        were_one: Whether they were when it was decided: what identity had found by itself.
    """

    is_one: bool
    left: tuple[str, ...]
    right: tuple[str, ...]
    were_one: bool | None = None


def name_of(decision: Decision) -> str:
    """Name a decision by what it says, as hexadecimal digits."""
    said = "\n".join((str(decision.is_one), *decision.left, "", *decision.right))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def stage_decisions(
    con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision], known: str = _LINKED
) -> None:
    """Make ``must_key`` (name, identity_key) and ``cannot_pair`` (l, r): of keys that are known.

    Those are what a query gives (identity_h).
    A must-link is named by its keys, so that it has one name whatever else was decided.
    """
    must = [
        (name_of(decision), key)
        for decision in decisions
        if decision.is_one
        for key in (*decision.left, *decision.right)
    ]
    cannot = [
        (left, right)
        for decision in decisions
        if not decision.is_one
        for left in decision.left
        for right in decision.right
    ]
    con.execute("create or replace table must_key (name varchar, identity_key varchar)")
    con.execute("create or replace table cannot_pair (l varchar, r varchar)")
    for table, rows in (("must_key", must), ("cannot_pair", cannot)):
        if rows:
            con.executemany(f"insert into {table} values (?, ?)", rows)
    if must:
        con.execute(f"delete from must_key where hash(identity_key) not in ({known})")
    if cannot:
        con.execute(
            f"delete from cannot_pair where hash(l) not in ({known}) or hash(r) not in ({known})"
        )


def bind_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Change ``group_member``: a group for each must-link, and none that a cannot-link forbids.

    A must-link says nothing of an identifier that others share by now (``nobodys``). Makes
    ``bound_key`` (key_h, name: of what hung together before): whom that can touch.
    """
    con.execute("create table bound_key (key_h ubigint, name ubigint)")
    con.execute(
        f"""
        insert into group_member by name
        select hash(identity_key) as identity_h, hash('{GROUP}:' || name) as identifier_h,
               0 as part, hash('{GROUP}:' || name) as group_h, 0 as kind
        from must_key where hash(identity_key) not in (from nobodys)
        """
    )
    if one_number(con, "select count(*) from cannot_pair") == 0:
        return
    rows = _rows_in_question(con)
    if not rows:
        return
    heard = con.execute(
        "select distinct o.identity_h, s.given, s.family, s.birth_date from owner_link o"
        " join signature s using (signature_id)"
        " where o.identity_h in (select unnest(?::ubigint[]))",
        [sorted({identity for identity, *_ in rows})],
    ).fetchall()
    said = {key: tuple(told) for key, *told in heard}
    says = {key: said[identity] for identity, key, *_ in rows if identity in said}
    pairs = con.execute("select l, r from cannot_pair order by all").fetchall()
    dropped, moved, shared = _parted([(key, group) for _, key, _, group in rows], pairs, says)
    number = {group: group_h for _, _, group_h, group in rows}
    con.execute("create temp table dropped_member (identity_h ubigint, group_h ubigint)")
    con.execute("create temp table moved_member (identity_h ubigint, group_h ubigint,"
                " to_group ubigint)")  # fmt: skip
    con.execute("create temp table shared_key (identity_h ubigint)")
    for table, values, found in (
        ("dropped_member", "hash(?), ?", [(key, number[group]) for key, group in dropped]),
        ("moved_member", "hash(?), ?, hash(?)",
         [(key, number[group], to_group) for key, group, to_group in moved]),
        ("shared_key", "hash(?)", shared),
    ):  # fmt: skip
        if found:
            con.executemany(f"insert into {table} values ({values})", found)
    con.execute(
        "delete from group_member where identity_h in (from shared_key)"
        " or (identity_h, group_h) in (select (identity_h, group_h) from dropped_member)"
    )
    con.execute(
        "update group_member set group_h = m.to_group from moved_member m"
        " where m.identity_h = group_member.identity_h and m.group_h = group_member.group_h"
    )


def _rows_in_question(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str, int, str]]:
    """The memberships of those components that hold both sides of a cannot-link.

    Of each the key as a hash and as it is, and so the group.
    """
    edges = con.execute("select identity_h, group_h from group_member").fetchnumpy()
    nodes, (left, right) = numbered(edges["identity_h"], edges["group_h"])
    labels = component_labels(len(nodes), left, right)
    at = {int(node): int(label) for node, label in zip(nodes, labels, strict=True)}
    pairs = con.execute("select hash(l), hash(r) from cannot_pair").fetchall()
    wrong = {at[one] for one, other in pairs if one in at and at[one] == at.get(other)}
    if not wrong:
        return []
    import numpy as np

    con.execute("create or replace temp table bound (h ubigint, label bigint)")
    found = np.flatnonzero(np.isin(labels, sorted(wrong)))
    con.executemany(
        "insert into bound values (?, ?)", [(int(nodes[n]), int(labels[n])) for n in found]
    )
    con.execute(
        "insert into bound_key select h, min(h) over (partition by label) from bound"
        " where h in (select identity_h from group_member)"
    )
    return con.execute(
        f"""
        with member as (
            select distinct identity_h, identifier_h, part, group_h from group_member
            where identity_h in (select h from bound)
        ), asked as (
            select identity_h as key_h from member union select identifier_h from member
        ), text as (
            select hash(k) as key_h, any_value(k) as k from (
                select identity_key as k from link_text
                union all select identifier_key from link_text
                union all select '{GROUP}:' || name from must_key)
            where hash(k) in (from asked) group by all
        )
        select m.identity_h, i.k, m.group_h, g.k || '#' || m.part
        from member m join text i on i.key_h = m.identity_h
        join text g on g.key_h = m.identifier_h order by 2, 4
        """
    ).fetchall()


Rows = list[tuple[str, ...]]


def _parted(
    rows: list[tuple[str, str]], pairs: list[tuple[str, str]], says: dict[str, tuple[Any, ...]]
) -> tuple[Rows, Rows, Rows]:
    """Which memberships end, which go to a part of their group, which keys resolve nobody."""
    sets = Apart(pairs)
    members: dict[str, list[str]] = defaultdict(list)
    for key, group in rows:
        members[group].append(key)
    order = sorted(
        members, key=lambda g: (_RANK.get(g.split(":")[0], len(_RANK)), len(members[g]), g)
    )
    refused = []
    shared: set[str] = set()
    for group in order:
        if len(members[group]) > 1 and not sets.join(members[group]):
            refused.append(group)
            shared.add(group.rpartition("#")[0])
    dropped: Rows = []
    moved: Rows = []
    for group in refused:
        named = sorted(
            {k for k in members[group] if sets.enemies.get(sets.root(k))} - shared
        )  # the sides that are at odds
        for at, key in enumerate(named):  # two of one side who clearly agree are as one as before
            side = _side_of(key, named[:at], says, sets)
            side = side if side is not None and sets.join([side, key]) else key
            moved.append((key, group, f"{group}{sets.root(side)}"))
        for key in sorted(set(members[group]) - shared - set(named)):
            side = _side_of(key, named, says, sets)
            if side is None or not sets.join([side, key]):
                dropped.append((key, group))
            else:
                moved.append((key, group, f"{group}{sets.root(side)}"))
    return dropped, moved, [(key,) for key in sorted(shared)]


def _side_of(
    key: str, named: list[str], says: dict[str, tuple[Any, ...]], sets: Apart
) -> str | None:
    """The one side that a key's own words clearly agree with."""
    best: dict[Any, tuple[int, str]] = {}
    for side in named:
        alike = sum(
            a is not None and a == b
            for a, b in zip(says.get(key, ()), says.get(side, ()), strict=False)
        )
        root = sets.root(side)
        best[root] = max(best.get(root, (0, side)), (alike, side))
    found = sorted(best.values(), reverse=True)
    if not found or found[0][0] < CLEARLY or (len(found) > 1 and found[1][0] == found[0][0]):
        return None
    return found[0][1]


def bind_links(con: duckdb.DuckDBPyConnection) -> None:
    """Change ``joined`` (node, label), what evidence joins, where a cannot-link forbids it.

    Needs ``pair_weight`` (l, r, weight: the links) and ``cluster`` as exact identifiers made it.
    """
    pairs = con.execute(
        """
        select distinct a.cluster, b.cluster from cannot_pair p
        join cluster a on a.key_h = hash(p.l) join cluster b on b.key_h = hash(p.r) order by all
        """
    ).fetchall()
    label = dict(con.execute("select node, label from joined").fetchall()) if pairs else {}
    wrong = {label[l] for l, r in pairs if l in label and label[l] == label.get(r, -1)}  # noqa: E741
    if not wrong:
        return
    sets = Apart(pairs)
    links = con.execute("select l, r from pair_weight order by weight desc, l, r").fetchall()
    for left, right in links:
        if label[left] == label[right] and label[left] in wrong:
            sets.join([left, right])
    following = max(label.values()) + 1
    nodes = sorted(node for node, its in label.items() if its in wrong)
    number = {root: following + at for at, root in enumerate(sorted({sets.root(n) for n in nodes}))}
    con.executemany(
        "update joined set label = ? where node = ?",
        [(number[sets.root(node)], node) for node in nodes],
    )
