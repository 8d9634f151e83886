"""What hangs together in a graph, and what never may.

Belongs here: connected components, and a union-find with enemies. Does not: who is linked or kept
apart, or why (exact, probable).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any


def component_labels(n_nodes: int, left: Any, right: Any) -> Any:
    """Label the connected components of an undirected graph.

    Args:
        n_nodes: How many nodes, numbered from 0.
        left: Node numbers, one end of each edge (shape: edges).
        right: The other ends, same shape.

    Returns:
        Labels, shape (n_nodes,): equal where two nodes are connected.
    """
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if n_nodes == 0:
        return np.empty(0, dtype=np.int64)
    ones = np.ones(len(left), dtype=np.int8)
    graph = coo_matrix((ones, (left, right)), shape=(n_nodes, n_nodes))
    return connected_components(graph, directed=False)[1].astype(np.int64)


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
