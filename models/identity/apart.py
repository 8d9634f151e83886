"""Sets of which some are never to be one: a union-find with enemies.

Belongs here: that structure. Does not: who is kept apart, or why (decisions.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any


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
