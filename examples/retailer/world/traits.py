"""Traits of people that nothing observes, worked out from their number alone.

Belongs here: numbers that are the same for a person whatever else is drawn. Does not: traits that
files show (people.py).
"""

from __future__ import annotations

import zlib

import numpy as np
from scipy.special import ndtri


def uniform(seed: int, name: str, person: np.ndarray) -> np.ndarray:
    """A number in (0, 1) a person: SplitMix64 (Steele, Lea, Flood 2014) of seed, name and number.

    No stream is used up, so that a trait can be asked for anywhere, in any order, for anybody.
    """
    with np.errstate(over="ignore"):
        z = np.asarray(person).astype(np.uint64)
        start = (seed * 0x9E3779B97F4A7C15 + zlib.crc32(name.encode()) * 0xD1B54A32D192ED03) % 2**64
        z = z * np.uint64(0x9E3779B97F4A7C15) + np.uint64(start)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53


def normal(seed: int, name: str, person: np.ndarray) -> np.ndarray:
    """A standard normal number for each person."""
    return np.asarray(ndtri(uniform(seed, name, person)))
