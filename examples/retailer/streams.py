"""Random streams, one for each thing and week.

Belongs here: how a stream is keyed. Does not: what is drawn from it.

A stream's key is (seed, name, keys...), never a length or an end: so drawing a further week
changes nothing that was drawn before.
"""

from __future__ import annotations

import zlib

import numpy as np


class Streams:
    """All random streams of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, name: str, *keys: int) -> np.random.Generator:
        """Give the stream with this name and these keys (integers from 0 on)."""
        key = [self._seed, zlib.crc32(name.encode()), *keys]
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))


def pick(rng: np.random.Generator, shares: list[float], size: int) -> np.ndarray:
    """Draw `size` indices with the given shares (they need not add up to one)."""
    edges = np.cumsum(shares) / np.sum(shares)
    return np.searchsorted(edges[:-1], rng.random(size), side="right")
