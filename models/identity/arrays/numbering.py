"""Hashes as numbers: distinct ones in their order, and each found among them.

Belongs here: sorting and looking up arrays of millions of hashes. Does not: what the hashes are of
(keys.py), nor tables (frames.put).
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: A number of no hash.
NOBODY = -1
#: The most first bits that places are kept of, and how many hashes are looked up in one go: what
#: is asked over and over fits a processor's cache.
MOST_BITS, AT_ONCE = 22, 1 << 17
#: Of so many values that begin alike but for their order the first bits say too little.
MOST_ALIKE = 1000


def numbered(*values: Any) -> tuple[Any, list[Any]]:
    """Number the distinct values of arrays, in their order: hashes, or what is not below 0.

    All are sorted once: looking each up among the distinct ones costs ten times as much.

    Returns:
        The values, sorted, and for each array the numbers of its values (same shape).
    """
    every = np.concatenate(values)
    if len(every) and every.max() < len(every):  # numbers already, but for those that are not there
        is_there = np.zeros(len(every), dtype=bool)
        is_there[every] = True
        known = np.flatnonzero(is_there).astype(every.dtype)
        numbers = (np.cumsum(is_there, dtype=np.int32) - 1)[every]
    else:
        order = ranked(every)
        every = every[order]
        is_new = np.ones(len(every), dtype=bool)
        np.not_equal(every[1:], every[:-1], out=is_new[1:])
        numbers = np.empty(len(every), dtype=np.int32)
        numbers[order] = np.cumsum(is_new, dtype=np.int32) - 1
        known = every[is_new]
    return known, np.split(numbers, np.cumsum([len(each) for each in values])[:-1])


def ranked(values: Any) -> Any:
    """Give the places of values in their order: hashes, or what is not below 0.

    The place stands beside each value, in the last bits of one number, while these are sorted:
    numbers are sorted twice as fast as places are. Of a hash there is room for its first bits
    alone. What begins alike is sorted once more, and of hashes that is next to nothing.
    """
    bits = len(values).bit_length()
    places = np.arange(len(values), dtype=np.uint64)
    if not len(values) or int(values.max()).bit_length() + bits <= 64:
        packed = values.astype(np.uint64) << np.uint64(bits) | places
        packed.sort()
        return (packed & np.uint64((1 << bits) - 1)).view(np.int64)
    low = np.uint64((1 << bits) - 1)
    packed = values.astype(np.uint64, copy=False) & ~low | places
    packed.sort()
    order = (packed & low).view(np.int64)
    in_order = values[order]
    falls = np.flatnonzero(in_order[1:] < in_order[:-1])
    if len(falls) > MOST_ALIKE:  # no hashes
        return np.argsort(values)
    if len(falls):
        packed >>= np.uint64(bits)
        alike = np.flatnonzero(np.isin(packed, packed[falls]))
        order[alike] = order[alike[np.argsort(in_order[alike])]]
    return order


class Places:
    """Where each hash is among sorted ones: looked for from where those begin that begin alike.

    Attributes:
        hashes: The hashes, sorted, each once, and one more that ends the last look.
        begin: Where those with each beginning (the first bits) begin.
        shift: How many bits a hash has after these.
    """

    def __init__(self, hashes: Any) -> None:
        self.hashes = np.append(hashes, np.uint64(2**64 - 1))
        bits = min(len(hashes).bit_length(), MOST_BITS)
        self.shift = np.uint64(64 - bits)
        of_beginning = np.bincount((hashes >> self.shift).view(np.int64), minlength=1 << bits)
        self.begin = np.zeros(len(of_beginning), dtype=np.int32)
        np.cumsum(of_beginning[:-1], out=self.begin[1:])

    def find(self, asked: Any) -> Any:
        """Give the place of each of some hashes (same shape); ``NOBODY`` of those not here."""
        n_hashes, places = len(self.hashes) - 1, np.empty(len(asked), dtype=np.int32)
        for low in range(0, len(asked), AT_ONCE):
            part = asked[low : low + AT_ONCE]
            at = self.begin[(part >> self.shift).view(np.int64)]
            less = np.flatnonzero(self.hashes[at] < part)
            while len(less):
                at[less] += 1
                less = less[self.hashes[at[less]] < part[less]]
            is_here = (self.hashes[at] == part) & (at < n_hashes)
            places[low : low + AT_ONCE] = np.where(is_here, at, NOBODY)
        return places
