"""The arithmetic of the scorecard: pairs, ranks, calibration, resampling.

Belongs here: formulas over arrays, with their source. Does not: files or tables. Written anew
rather than taken from the pipeline, which is what is being judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Pairs:
    """Pairs of records: joined by both, by the found grouping, by the true one."""

    both: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are true."""
        return self.both / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true pairs that are found."""
        return self.both / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.both / (self.found + self.true) if self.found + self.true else float("nan")


def count_pairs(found: NDArray[np.int64], true: NDArray[np.int64]) -> Pairs:
    """Count the pairs of a grouping against the true one: group numbers of the same records."""

    def choose_two(labels: NDArray[np.int64]) -> int:
        sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
        return int((sizes * (sizes - 1) // 2).sum())

    cell = found.astype(np.int64) * (int(true.max(initial=0)) + 1) + true
    return Pairs(choose_two(cell), choose_two(found), choose_two(true))


def auc(score: Floats, outcome: NDArray[np.bool_]) -> float:
    """Area under the ROC curve by mean ranks (Mann and Whitney 1947); ties count half."""
    positive = int(outcome.sum())
    negative = len(outcome) - positive
    if not positive or not negative:
        return float("nan")
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    above = rank[outcome].sum() - positive * (positive + 1) / 2
    return float(above / (positive * negative))


def expected_error(probability: Floats, outcome: Floats, n_bins: int = 10) -> float:
    """Expected calibration error over bins of equal size (Naeini, Cooper, Hauskrecht 2015)."""
    order = np.argsort(probability, kind="stable")
    gaps = [
        abs(float((outcome[part] - probability[part]).sum()))
        for part in np.array_split(order, n_bins)
    ]
    return sum(gaps) / max(len(probability), 1)


def perfect_band(probability: Floats, seed: int, n_draws: int = 500) -> float:
    """95th percentile of the error that these probabilities show where they are exactly right."""
    rng = np.random.default_rng(seed)
    draws = [
        expected_error(probability, (rng.random(len(probability)) < probability).astype(float))
        for _ in range(n_draws)
    ]
    return float(np.percentile(draws, 95))


def auc_gap(
    better: Floats, other: Floats, outcome: NDArray[np.bool_], seed: int, n_draws: int = 300
) -> tuple[float, float]:
    """95 % interval of AUC(better) - AUC(other) on the same rows, by a paired bootstrap."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n_draws):
        rows = rng.integers(0, len(outcome), len(outcome))
        found.append(auc(better[rows], outcome[rows]) - auc(other[rows], outcome[rows]))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    if not n:
        return float("nan"), float("nan")
    share, spread = hits / n, Z95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return float(middle - half), float(middle + half)
