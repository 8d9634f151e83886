"""Random streams, one for each thing and week.

Belongs here: how a stream is keyed. Does not: what is drawn from it.

A stream's key is (seed, block, name, keys...), never a length or an end: so drawing a further week
changes nothing that was drawn before. What the whole company shares (its goods, outages, exchange
rates) has streams of no block, and is thereby the same in every block.
"""

from __future__ import annotations

import zlib

import numpy as np


class Streams:
    """All random streams of one seed; with a block, those of its people alone."""

    def __init__(self, seed: int, block: int | None = None) -> None:
        self._seed = seed
        self._block = 0 if block is None else block + 1

    def of(self, name: str, *keys: int) -> np.random.Generator:
        """Give the stream with this name and these keys (integers from 0 on)."""
        key = [self._seed, self._block, zlib.crc32(name.encode()), *keys]
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))


def pick(rng: np.random.Generator, shares: list[float], size: int) -> np.ndarray:
    """Draw `size` indices with the given shares (they need not add up to one)."""
    edges = np.cumsum(shares) / np.sum(shares)
    return np.searchsorted(edges[:-1], rng.random(size), side="right")
