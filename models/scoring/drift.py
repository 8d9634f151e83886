"""Drift: has today's population moved away from the one that the model was tested on?

Here: the population stability index with limits that know n. Not here: measures of forecasts
(`evaluate`) and the table of results (`outputs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
N_BINS = 10
SHARE_FLOOR = 1e-4
WATCH, ACT = 0.10, 0.25


@dataclass(frozen=True)
class Baseline:
    """How a number was spread at the test cut-off.

    Attributes:
        edges: Inner bin edges (at most nine, ascending, from its deciles).
        shares: Share of rows in each bin; the last one is of missing values.
        n: Rows behind the shares.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    n: int


@dataclass(frozen=True)
class Drift:
    """A stability index against its limits: ok, watch or act."""

    psi: float
    watch_limit: float
    act_limit: float
    n_baseline: int
    n_current: int
    status: str


def _shares(values: Floats, edges: Floats) -> Floats:
    is_known = np.isfinite(values)
    bins = np.searchsorted(edges, values[is_known], side="right")
    counts = np.bincount(bins, minlength=len(edges) + 1).astype(np.float64)
    return np.append(counts, float((~is_known).sum())) / max(len(values), 1)


def learn_baseline(values: Floats, n: int | None = None) -> Baseline:
    """Return the baseline of a number: ten bins of equal mass (fewer where values tie).

    Args:
        values: One a row; NaN is missing.
        n: Independent rows (customers) where that is fewer than `values`.
    """
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.arange(1, N_BINS) / N_BINS)) if len(known) else known
    shares = _shares(values, edges)
    return Baseline(tuple(edges.tolist()), tuple(shares.tolist()), n or len(values))


def feature_baselines(names: Sequence[str], matrix: Floats, n: int) -> dict[str, dict[str, Any]]:
    """Return the baseline of each column of a matrix, as JSON values; `n` customers are in it."""
    return {
        name: asdict(learn_baseline(matrix[:, position], n)) for position, name in enumerate(names)
    }


def drift(baseline: Baseline, values: Floats, n: int | None = None) -> Drift:
    """Return the stability index of today's values.

    PSI = sum (a - e) ln(a / e) with shares floored at 1e-4 (Lewis 1994; Siddiqi 2006). Without
    any drift it is near (1/n + 1/m) times a chi-square of bins - 1 degrees of freedom (Yurdakul &
    Naranjo 2020): the usual limits .10 and .25 are raised to its 95th and 99.9th percentile, so
    that small populations raise no false alarm. For the same reason an empty bin counts as half a
    row where that is more than the floor: 1e-4 would be an alarm in itself.
    """
    from scipy.stats import chi2

    n = n or len(values)
    expected, actual = np.asarray(baseline.shares), _shares(values, np.asarray(baseline.edges))
    is_filled = (expected > 0) | (actual > 0)
    expected = np.maximum(expected, max(SHARE_FLOOR, 0.5 / max(baseline.n, 1)))[is_filled]
    actual = np.maximum(actual, max(SHARE_FLOOR, 0.5 / max(n, 1)))[is_filled]
    psi = float(((actual - expected) * np.log(actual / expected)).sum())
    spread = 1 / max(baseline.n, 1) + 1 / max(n, 1)
    degrees = max(int((np.asarray(baseline.shares) > 0).sum()) - 1, 1)
    watch = max(WATCH, float(chi2.ppf(0.95, degrees)) * spread)
    act = max(ACT, float(chi2.ppf(0.999, degrees)) * spread)
    status = "ok" if psi < watch else "watch" if psi < act else "act"
    return Drift(psi, watch, act, baseline.n, n, status)
