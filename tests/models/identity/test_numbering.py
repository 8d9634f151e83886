"""Hashes as numbers: numbered in their order, and found again."""

from __future__ import annotations

import numpy as np
import pytest

from models.identity.arrays import numbering
from models.identity.arrays.numbering import NOBODY, Places, numbered, ranked

LARGEST = 2**64 - 1


def _hashes(n: int, seed: int = 70001) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, n, dtype=np.uint64)


def _alike() -> np.ndarray:
    """Hashes of which many begin alike, so that a few bits do not tell them apart."""
    some = _hashes(50)
    return np.concatenate([_hashes(400), some, some ^ np.uint64(1), some, some ^ np.uint64(3)])


VALUES = {
    "hashes": _hashes(5000),
    "hashes that begin alike": _alike(),
    "more of these than are sorted once more": _hashes(3000) & np.uint64(15),
    "numbers already": np.array([4, 0, 4, 1, 1], dtype=np.uint64),
    "codes of two numbers": _hashes(800).astype(np.int64) & (2**40 - 1),
    "the first and the last there is": np.array([LARGEST, 0, LARGEST], dtype=np.uint64),
    "none": np.array([], dtype=np.uint64),
}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_values_are_numbered_in_their_order(values):
    known, (first, second) = numbered(values, values[::-1])
    assert known.tolist() == sorted(set(values.tolist()))
    assert known[first].tolist() == values.tolist()
    assert known[second].tolist() == values[::-1].tolist()
    assert values[ranked(values)].tolist() == sorted(values.tolist())


def test_what_begins_alike_is_in_order_however_much_of_it_there_is(monkeypatch):
    few = ranked(_alike())
    monkeypatch.setattr(numbering, "MOST_ALIKE", 0)
    assert _alike()[few].tolist() == _alike()[ranked(_alike())].tolist()


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_each_is_found_where_it_is_and_no_other(monkeypatch, values):
    monkeypatch.setattr(numbering, "AT_ONCE", 64)
    known = np.unique(values.astype(np.uint64))
    asked = np.concatenate([known, known ^ np.uint64(1), np.array([LARGEST], dtype=np.uint64)])
    place = {value: at for at, value in enumerate(known.tolist())}
    expected = [place.get(value, NOBODY) for value in asked.tolist()]
    assert Places(known).find(asked).tolist() == expected
