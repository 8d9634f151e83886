"""Who shares a key with whom: blocks and their pairs, in sorted arrays.

Belongs here: blocks of rows with equal keys, how large they are, their pairs. Does not: which keys
there are, or which blocks are too large (blocking.py).

Once keys are sorted a block is a run of equal ones, and its pairs are the rows one apart, two apart
and so on: an eighth of what grouping the rows and joining them with each other costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.identity.arrays.numbering import ranked

_LOW_BITS = np.uint64(2**22 - 1)


@dataclass(frozen=True)
class Blocks:
    """Rows in the order of their keys.

    Attributes:
        row: Where each row was before (shape: rows); those that are alone may be left out.
        node: Its node, same shape.
        begin: The place of the first row of its block, same shape.
        size: How many rows its block has, same shape.
    """

    row: Any
    node: Any
    begin: Any
    size: Any

    def pairs(self, cap: int) -> Any:
        """Give the pairs of blocks of at most ``cap`` rows, one for each block they share.

        Returns:
            Codes of two nodes (:func:`coded`), shape (pairs,).
        """
        at = np.flatnonzero((self.size > 1) & (self.size <= cap))
        end = self.begin + self.size
        found = [np.empty(0, dtype=np.int64)]
        for apart in range(1, cap):
            at = at[at + apart < end[at]]
            if not len(at):
                break
            found.append(coded(self.node[at], self.node[at + apart]))
        return np.concatenate(found)

    def larger(self, cap: int) -> Any:
        """Give the rows of blocks of more than ``cap`` rows, as they were numbered before."""
        return self.row[self.size > cap]

    def fuller(self, size: int) -> tuple[Any, Any]:
        """Give blocks of more rows: one row of each, as it was numbered before, and their sizes."""
        at = (self.begin == np.arange(len(self.begin))) & (self.size > size)
        return self.row[at], self.size[at]

    def sizes(self) -> Any:
        """Give the size of each block of two rows or more, shape (blocks,)."""
        is_first = self.begin == np.arange(len(self.begin))
        return self.size[is_first & (self.size > 1)]


def blocks(key: Any, node: Any, *, is_distinct: bool = False) -> Blocks:
    """Sort rows into blocks of equal keys.

    Args:
        key: Keys (shape: rows).
        node: Nodes, same shape.
        is_distinct: Whether a node counts once in a block, however many of its rows have the key.
    """
    row = _maybe_shared(key)
    order = row[ranked(key[row])]
    if is_distinct:
        begin, size = _runs(key[order])
        order, begin = order[size > 1], begin[size > 1]
        # a block and a node in one number
        whose = begin * np.int64(node.max(initial=0) + 1) + node[order]
        at = ranked(whose)
        order = order[at[np.diff(whose[at], prepend=-1) != 0]]
    begin, size = _runs(key[order])
    return Blocks(order, node[order], begin, size)


def _maybe_shared(key: Any) -> Any:
    """Give the rows that others may share their key with: most rows have theirs alone.

    Those are left out by the last bits of their hashes, which costs less than sorting them.
    """
    low = (key & _LOW_BITS).astype(np.int64)
    return np.flatnonzero(np.bincount(low)[low] > 1)


def _begins(in_order: Any) -> Any:
    """Give where the runs of equal values begin."""
    is_first = np.ones(len(in_order), dtype=bool)
    np.not_equal(in_order[1:], in_order[:-1], out=is_first[1:])
    return np.flatnonzero(is_first)


def _runs(in_order: Any) -> tuple[Any, Any]:
    """Give where the run of equal values begins that each value is of, and how long it is."""
    begins = _begins(in_order)
    sizes = np.diff(begins, append=len(in_order))
    return np.repeat(begins, sizes), np.repeat(sizes, sizes)


def coded(one: Any, other: Any) -> Any:
    """Give one number for two nodes, whichever comes first; nodes are below 2**31."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    return low.astype(np.int64) << 32 | high


def decoded(codes: Any) -> tuple[Any, Any]:
    """Give the lower and the higher node of codes."""
    return (codes >> 32).astype(np.int32), (codes & 0xFFFFFFFF).astype(np.int32)


def distinct(codes: Any, *, at_least: int = 1) -> Any:
    """Give the codes of two different nodes that are there so many times, sorted, each once."""
    in_order = np.sort(codes[(codes >> 32) != (codes & 0xFFFFFFFF)])
    begins = _begins(in_order)
    if at_least > 1:
        begins = begins[np.diff(begins, append=len(in_order)) >= at_least]
    return in_order[begins]
