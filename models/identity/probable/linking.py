"""Which pairs become one person: links above a threshold, groups that hold together.

Belongs here: the choice of links from scored pairs. Does not: scores, or permanent ids.

A link needs the match weight that the model says is enough, in bits. What hangs together by links
is a group; where all its pairs are linked it is a person. Otherwise all its pairs are scored and it
is put together again from the surest on: two parts join only where their records on the whole speak
for one person, so a weak bridge between two people breaks, however many copies each has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity.arrays.graph import component_labels

if TYPE_CHECKING:
    from models.identity.probable.training import Model

#: Average weight, in bits, with which two parts of a group may join; the second where nothing but a
#: given name tells the people of a home apart, and records without one would bridge them; the third
#: where names are all that is said.
HOLDS_TOGETHER, HOLDS_A_HOME, HOLDS_A_NAME = -1.5, 0.0, 1.5
#: One pair's say in that average is limited to this much.
LOUDEST = 12.0
#: The distance of two who are never one: no average of a group makes up for it.
NEVER = 1e4
#: The largest group of nodes looked at as one; larger ones are first parted by surer links.
LARGEST = 100
STEP = 3.0


def holds(model: Model) -> float:
    """Give the average weight with which two parts of a group may join.

    A contact is a home's or firm's: it does not tell people apart who have one given name there.
    """
    if model.has_only_names:
        return HOLDS_A_NAME
    return HOLDS_TOGETHER if {"born", "national"} & set(model.columns) else HOLDS_A_HOME


def groups(left: Any, right: Any, weight: Any, enough: float) -> Any:
    """Group nodes by links, parting what would be too large by asking for surer ones.

    Args:
        left: Node numbers from 0, one end of each pair (shape: pairs).
        right: The other ends, same shape.
        weight: Match weights in bits, same shape.
        enough: The weight for a link.

    Returns:
        Labels, shape (number of nodes,).
    """
    size = int(max(left.max(initial=-1), right.max(initial=-1))) + 1
    kept = weight >= enough
    asked = enough
    while True:
        labels = component_labels(size, left[kept], right[kept])
        large = np.flatnonzero(np.bincount(labels, minlength=1) > LARGEST)
        if not len(large):
            return labels
        asked += STEP
        kept &= ~(np.isin(labels[left], large) & (weight < asked))


def unsettled(
    labels: Any, left: Any, right: Any, weight: Any, enough: float, doubt: Any = None
) -> Any:
    """Give the labels of the groups of which not every pair is linked, or a pair is in doubt."""
    if not len(labels):
        return labels
    size = np.bincount(labels)
    linked = (weight >= enough) & (labels[left] == labels[right])
    found = np.bincount(labels[left[linked]], minlength=len(size))
    is_loose = (size > 2) & (found < size * (size - 1) // 2)
    if doubt is not None:
        is_loose[labels[left[linked & doubt]]] = True
    return np.flatnonzero(is_loose)


def part(
    n_nodes: int,
    left: Any,
    right: Any,
    weight: Any,
    holds: float = HOLDS_TOGETHER,
    apart: Any = None,
) -> Any:
    """Part one group: average linkage of its pairs' weights, down to one that holds.

    Args:
        n_nodes: Nodes of the group, numbered from 0.
        left: One end of each scored pair (shape: pairs).
        right: The other ends, same shape.
        weight: Match weights in bits, same shape.
        holds: The average weight with which two parts may join.
        apart: Which pairs cannot be one person, same shape: their parts never join, and a node
            that goes with both ends of one stays alone.

    Returns:
        Labels, shape (n_nodes,).
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    matrix = np.full((n_nodes, n_nodes), LOUDEST)
    loud = np.clip(weight, -LOUDEST, LOUDEST)
    matrix[left, right] = -loud
    matrix[right, left] = -loud
    if apart is not None and apart.any():
        torn = _torn(matrix, left[apart], right[apart])
        matrix[left[apart], right[apart]] = matrix[right[apart], left[apart]] = NEVER
        matrix[torn, :] = matrix[:, torn] = NEVER
    np.fill_diagonal(matrix, 0.0)
    matrix += LOUDEST  # distances are from 0 up
    np.fill_diagonal(matrix, 0.0)
    tree = linkage(squareform(matrix, checks=False), method="average")
    return _cut(tree, LOUDEST - holds)


def _cut(tree: Any, within: float) -> Any:
    """Give the labels of a tree's nodes: equal where they were joined within a distance.

    A part is never joined nearer than what it is made of: from the top on, each hands its label
    down. SciPy's ``fcluster`` checks the tree first, which takes longer than all else.
    """
    labels = np.arange(2 * len(tree) + 1)
    for at in range(len(tree) - 1, -1, -1):
        if tree[at, 2] <= within:
            labels[tree[at, :2].astype(np.int64)] = labels[len(tree) + 1 + at]
    return labels[: len(tree) + 1]


def _torn(matrix: Any, left: Any, right: Any) -> Any:
    """Give the nodes that are themselves at odds with nobody, but as near to two who are."""
    near = matrix < 0
    between = (near[left] & near[right]).any(axis=0)
    between[left] = between[right] = False
    return np.flatnonzero(between)
