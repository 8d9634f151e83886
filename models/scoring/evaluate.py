"""Measures of forecasts, each with n and a bootstrap interval.

Here: AUC, PR-AUC, log-loss, Brier, ECE, lift, their intervals, and what a perfectly calibrated
model would show. Not here: whether a model is good enough to use (`baseline`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
METRICS = ("auc", "pr_auc", "log_loss", "brier", "ece", "lift_top_decile")
N_BINS = 10


@dataclass(frozen=True)
class Estimate:
    """A measured value with its 95 % bootstrap interval (percentiles) over n customers."""

    value: float
    ci_lower: float
    ci_upper: float
    n: int


@dataclass(frozen=True)
class _Ranked:
    """Forecasts sorted from the highest, with the ends of groups of equal forecasts."""

    probability: Floats
    outcome: Floats
    group_start: NDArray[np.int64]
    bin_start: NDArray[np.int64]


def _rank(probability: Floats, outcome: Floats) -> _Ranked:
    order = np.argsort(-probability, kind="stable")
    p, y = probability[order], outcome[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(p)) + 1])
    bins = np.unique(np.linspace(0, len(p), N_BINS + 1).astype(np.int64)[:-1])
    return _Ranked(p, y, starts, bins)


def _measures(ranked: _Ranked, weight: Floats) -> dict[str, float]:
    """Return all measures under row weights (ones, or how often a resample drew each row)."""
    p, y = ranked.probability, ranked.outcome
    total, hits = weight.sum(), (weight * y).sum()
    loss = -(y * np.log(p) + (1 - y) * np.log1p(-p))
    positive = np.add.reduceat(weight * y, ranked.group_start)
    everyone = np.add.reduceat(weight, ranked.group_start)
    negative = everyone - positive
    below = negative.sum() - np.cumsum(negative)
    seen, found = np.cumsum(everyone), np.cumsum(positive)
    pairs = hits * (total - hits)
    with np.errstate(invalid="ignore", divide="ignore"):
        auc = (positive * (below + negative / 2)).sum() / pairs
        precision = np.where(seen > 0, found / seen, 0.0)
        pr_auc = (precision * positive).sum() / hits
    gap = np.add.reduceat(weight * (y - p), ranked.bin_start)
    return {
        "auc": float(auc),
        "pr_auc": float(pr_auc),
        "log_loss": float((weight * loss).sum() / total),
        "brier": float((weight * (y - p) ** 2).sum() / total),
        "ece": float(np.abs(gap).sum() / total),
        "lift_top_decile": _lift(weight, y, hits / total),
    }


def _lift(weight: Floats, outcome: Floats, base: float) -> float:
    """Return the rate in the top tenth of rows (by rank) divided by the base rate."""
    if base <= 0:
        return float("nan")
    reach = weight.sum() / 10
    before = np.cumsum(weight) - weight
    taken = np.clip(reach - before, 0, weight)
    return float((taken * outcome).sum() / taken.sum() / base)


def measure(probability: Floats, outcome: Floats) -> dict[str, float]:
    """Return the value of every measure in `METRICS`.

    Args:
        probability: Forecasts strictly between 0 and 1.
        outcome: What happened, 0 or 1.

    Returns:
        Measures by name; AUC, PR-AUC and lift are NaN where only one outcome occurred. Equal
        forecasts count half for AUC and enter precision together.
    """
    ranked = _rank(np.asarray(probability, np.float64), np.asarray(outcome, np.float64))
    return _measures(ranked, np.ones(len(ranked.outcome)))


def _resample(n: int, n_bootstrap: int, seed: int) -> Callable[[int], Floats]:
    """Return a function that draws the i-th resample as counts for each row."""
    rngs = np.random.SeedSequence(seed).spawn(n_bootstrap)

    def draw(index: int) -> Floats:
        rng = np.random.default_rng(rngs[index])
        return np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)

    return draw


def evaluate(
    probability: Floats, outcome: Floats, *, n_bootstrap: int, seed: int, max_rows: int = 50_000
) -> dict[str, Estimate]:
    """Return every measure with its interval; rows must be one a customer.

    The rows are sorted once: a resample is a weight for each row, so 200 of them cost less than
    one fit. Over `max_rows` the intervals come from the first rows of a seeded shuffle, widened
    as if they were all (a little too wide, never too narrow).
    """
    probability, outcome = np.asarray(probability, np.float64), np.asarray(outcome, np.float64)
    values = measure(probability, outcome)
    n = len(outcome)
    if n > max_rows:
        chosen = np.sort(np.random.default_rng(seed).permutation(n)[:max_rows])
        probability, outcome = probability[chosen], outcome[chosen]
    ranked = _rank(probability, outcome)
    draw = _resample(len(outcome), n_bootstrap, seed)
    draws = [_measures(ranked, draw(index)) for index in range(n_bootstrap)]
    result = {}
    for name in METRICS:
        column = np.array([one[name] for one in draws])
        column = column[np.isfinite(column)]
        low, high = np.percentile(column, [2.5, 97.5]) if len(column) else (np.nan, np.nan)
        result[name] = Estimate(values[name], float(low), float(high), n)
    return result


def log_loss_gain(
    probability: Floats, rival: Floats, outcome: Floats, *, n_bootstrap: int, seed: int
) -> Estimate:
    """Return how much lower the log-loss is than a rival's on the same rows (paired bootstrap)."""
    y = np.asarray(outcome, np.float64)

    def loss(p: Floats) -> Floats:
        return np.asarray(-(y * np.log(p) + (1 - y) * np.log1p(-p)))

    gain = loss(rival) - loss(probability)
    draw = _resample(len(y), n_bootstrap, seed)
    # Not a dot product: BLAS would start its threads for each of them and spin (14 CPU-s for 0.4).
    draws = [float((draw(index) * gain).sum()) / len(y) for index in range(n_bootstrap)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return Estimate(float(gain.mean()), float(low), float(high), len(y))


def perfect_ece(probability: Floats, *, n_draws: int, seed: int) -> float:
    """Return the 95th percentile of the ECE if every probability were exactly right.

    A finite sample of a perfectly calibrated model has an ECE above 0: an observed one below
    this value gives no ground to doubt the calibration (Bröcker & Smith 2007).
    """
    p = np.sort(np.asarray(probability, np.float64))[::-1]
    bins = np.unique(np.linspace(0, len(p), N_BINS + 1).astype(np.int64)[:-1])
    rng = np.random.default_rng(seed)
    draws = [
        np.abs(np.add.reduceat((rng.random(len(p)) < p) - p, bins)).sum() / len(p)
        for _ in range(n_draws)
    ]
    return float(np.percentile(draws, 95))
