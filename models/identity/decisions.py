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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.identity.evidence import STRONG, component_labels, one_number

if TYPE_CHECKING:
    import duckdb

#: The groups of must-links, among those of identifiers.
GROUP = "decision"
#: How many of given name, family name and birth date make one agree with a side.
CLEARLY = 2
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


class Apart:
    """Sets that grow together, but for those that hold two who are kept apart."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        self.parent: dict[Any, Any] = {}
        self.enemies: dict[Any, set[Any]] = defaultdict(set)  # named members, by the set's root
        for left, right in pairs:
            self.enemies[left].add(right)
            self.enemies[right].add(left)

    def root(self, member: Any) -> Any:
        """The member that stands for a set."""
        while (above := self.parent.get(member, member)) != member:
            self.parent[member] = member = self.parent.get(above, above)
        return member

    def may_meet(self, members: Iterable[Any]) -> bool:
        """Whether the sets of some members may become one."""
        roots = {self.root(member) for member in members}
        return not any(
            self.root(enemy) in roots for root in roots for enemy in self.enemies.get(root, ())
        )

    def join(self, members: Sequence[Any]) -> bool:
        """Make one set of the sets of some members, where that may be; say whether it was."""
        if not self.may_meet(members):
            return False
        first = self.root(members[0])
        for member in members[1:]:
            if (other := self.root(member)) != first:
                self.parent[other] = first
                if other in self.enemies:
                    self.enemies[first] |= self.enemies.pop(other)
        return True


def name_of(decision: Decision) -> str:
    """Name a decision by what it says, as hexadecimal digits."""
    said = "\n".join((str(decision.is_one), *decision.left, "", *decision.right))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def stage_decisions(con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Make ``must_key`` (name, identity_key) and ``cannot_pair`` (l, r): of keys that are known.

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
    con.execute("create table must_key (name varchar, identity_key varchar)")
    con.execute("create table cannot_pair (l varchar, r varchar)")
    for table, rows in (("must_key", must), ("cannot_pair", cannot)):
        if rows:
            con.executemany(f"insert into {table} values (?, ?)", rows)
    known = "(select identity_key from link)"
    con.execute(f"delete from must_key where identity_key not in {known}")
    con.execute(f"delete from cannot_pair where l not in {known} or r not in {known}")


def bind_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Change ``group_member``: a group for each must-link, and none that a cannot-link forbids."""
    con.execute(
        f"insert into group_member select identity_key, '{GROUP}:' || name || '#0' from must_key"
    )
    if one_number(con, "select count(*) from cannot_pair") == 0:
        return
    rows = _rows_in_question(con)
    if not rows:
        return
    heard = con.execute(
        "select distinct o.identity_key, s.given, s.family, s.birth_date from owner_link o"
        " join signature s using (signature_id)"
    ).fetchall()
    says = {str(key): tuple(said) for key, *said in heard}
    pairs = con.execute("select l, r from cannot_pair order by all").fetchall()
    dropped, moved, shared = _parted(rows, pairs, says)
    con.execute("create temp table dropped_member (identity_key varchar, hub_group varchar)")
    con.execute("create temp table moved_member (identity_key varchar, hub_group varchar, to_group"
                " varchar)")  # fmt: skip
    con.execute("create temp table shared_key (identity_key varchar)")
    for table, found in (
        ("dropped_member", dropped), ("moved_member", moved), ("shared_key", shared)
    ):  # fmt: skip
        if found:
            marks = ", ".join("?" for _ in found[0])
            con.executemany(f"insert into {table} values ({marks})", found)
    con.execute(
        "delete from group_member where identity_key in (from shared_key)"
        " or (identity_key, hub_group) in (select (identity_key, hub_group) from dropped_member)"
    )
    con.execute(
        "update group_member set hub_group = m.to_group from moved_member m"
        " where m.identity_key = group_member.identity_key"
        " and m.hub_group = group_member.hub_group"
    )


def _rows_in_question(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The memberships of those components that hold both sides of a cannot-link."""
    con.execute(
        "create or replace temp table bound_node as select row_number() over (order by name) - 1"
        " as node, name from (select identity_key as name from group_member"
        " union select hub_group from group_member)"
    )
    edges = con.execute(
        "select a.node as l, b.node as r from group_member g"
        " join bound_node a on a.name = g.identity_key join bound_node b on b.name = g.hub_group"
    ).fetchnumpy()
    count = one_number(con, "select count(*) from bound_node")
    labels = component_labels(count, edges["l"], edges["r"])
    node = dict(
        con.execute(
            "select name, node from bound_node where name in"
            " (select l from cannot_pair union select r from cannot_pair)"
        ).fetchall()
    )
    wrong = {
        int(labels[node[left]])
        for left, right in con.execute("select l, r from cannot_pair").fetchall()
        if left in node and right in node and labels[node[left]] == labels[node[right]]
    }
    if not wrong:
        return []
    import numpy as np

    con.execute("create or replace temp table bound (node bigint)")
    found = np.flatnonzero(np.isin(labels, sorted(wrong)))
    con.executemany("insert into bound values (?)", [(int(n),) for n in found])
    return con.execute(
        "select distinct g.identity_key, g.hub_group from group_member g"
        " join bound_node n on n.name = g.identity_key join bound using (node) order by all"
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
        for key in sorted(set(members[group]) - shared):
            side = key if key in named else _side_of(key, named, says, sets)
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
        join cluster a on a.identity_key = p.l join cluster b on b.identity_key = p.r order by all
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
