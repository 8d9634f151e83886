"""Calibration: raw scores into probabilities, learnt on a later fold.

Here: centred isotonic regression, sigmoid, and a constant; all as sorted points or two numbers
that are stored as plain arrays. Not here: which fold it is learnt on (`splits`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

N_PARTS = 5
PROBABILITY_FLOOR = 1e-4
"""No forecast is certain: probabilities stay within [floor, 1 - floor]."""


@dataclass(frozen=True)
class Calibrator:
    """A monotone map from raw score to probability.

    Attributes:
        kind: isotonic, sigmoid or constant.
        x, y: Isotonic: points joined by straight lines. Sigmoid: y = (slope, intercept) on the
            score. Constant: y = (probability,).
    """

    kind: str
    x: Floats
    y: Floats

    def apply(self, score: Floats) -> Floats:
        """Return the probability for each raw score (log-odds or any ordered number)."""
        score = np.asarray(score, dtype=np.float64)
        if self.kind == "constant":
            probability = np.full(score.shape, self.y[0])
        elif self.kind == "sigmoid":
            probability = _sigmoid(self.y[0] * score + self.y[1])
        else:
            probability = np.interp(score, self.x, self.y)
        return np.clip(probability, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR)


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -35, 35))))


def fit_calibrator(score: Floats, outcome: Floats, isotonic_minority: int) -> Calibrator:
    """Learn the map from score to probability.

    Args:
        score: Raw scores of the calibration fold, finite.
        outcome: 0 or 1 for each.
        isotonic_minority: Rows of the rarer outcome from which on isotonic is used.

    Returns:
        Sigmoid; isotonic where there is enough and it forecasts held-out parts of the fold better
        by more than chance; constant where the score does not vary.
    """
    score, outcome = np.asarray(score, np.float64), np.asarray(outcome, np.float64)
    positives = float(outcome.sum())
    minority = min(positives, len(outcome) - positives)
    if minority < 1 or np.ptp(score) == 0:
        return Calibrator(
            "constant", np.zeros(0), np.array([(positives + 0.5) / (len(outcome) + 1)])
        )
    if minority >= isotonic_minority and _is_isotonic_better(score, outcome):
        return _centred_isotonic(score, outcome)
    return _platt(score, outcome)


def _is_isotonic_better(score: Floats, outcome: Floats) -> bool:
    """Compare both shapes on held-out fifths of the fold, by log-loss and its standard error.

    Boosted trees fitted to log-loss come out nearly sigmoid: there isotonic only adds noise, an
    ECE of .010 against .008 on 20,000 rows. After a shift it repairs what two numbers cannot.
    """
    part = np.arange(len(score)) % N_PARTS
    gain = np.zeros(len(score))
    for held_out in range(N_PARTS):
        learn, on = part != held_out, part == held_out
        losses = [
            _log_loss(shape(score[learn], outcome[learn]).apply(score[on]), outcome[on])
            for shape in (_platt, _centred_isotonic)
        ]
        gain[on] = losses[0] - losses[1]
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def _log_loss(probability: Floats, outcome: Floats) -> Floats:
    return np.asarray(-(outcome * np.log(probability) + (1 - outcome) * np.log1p(-probability)))


def _centred_isotonic(score: Floats, outcome: Floats) -> Calibrator:
    """Pool adjacent violators, then join the blocks' centres (Oron & Flournoy 2017).

    Plain isotonic steps tie thousands of customers; straight lines between the centres of the
    blocks keep the model's order inside them. Scores are first put in bins of equal mass, so
    that no block rests on a handful of rows.
    """
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(score, kind="stable")
    n_bins = int(min(60, max(5, len(score) // 50)))
    parts = [part for part in np.array_split(order, n_bins) if len(part)]
    weight = np.array([len(part) for part in parts], dtype=np.float64)
    x = np.array([score[part].mean() for part in parts])
    # Half an event is added to each bin's two sides in proportion to the base rate, so that an
    # empty bin is rare, not impossible.
    base = outcome.mean()
    y = np.array([(outcome[part].sum() + base) / (len(part) + 1.0) for part in parts])
    level = isotonic_regression(y, sample_weight=weight)
    block = np.concatenate([[0], np.cumsum(np.diff(level) > 0)])
    mass = np.bincount(block, weight)
    centre = np.bincount(block, weight * x) / mass
    value = np.bincount(block, weight * level) / mass
    keep = np.concatenate([[True], np.diff(centre) > 0])
    return Calibrator("isotonic", centre[keep], value[keep])


def _platt(score: Floats, outcome: Floats, n_steps: int = 50) -> Calibrator:
    """Fit slope and intercept by Newton steps with Platt's smoothed targets (Platt 1999)."""
    positives = outcome.sum()
    negatives = len(outcome) - positives
    target = np.where(outcome > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    centre, scale = score.mean(), score.std()
    design = np.column_stack([(score - centre) / scale, np.ones_like(score)])
    weights = np.array([0.0, np.log((positives + 1) / (negatives + 1))])
    for _ in range(n_steps):
        p = _sigmoid(design @ weights)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (target - p))
        weights = weights + np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-10:
            break
    # A score that ranks the wrong way round on the later fold says nothing: slope 0, not negative.
    slope = max(weights[0], 0.0) / scale
    if weights[0] <= 0:
        return Calibrator("constant", np.zeros(0), np.array([positives / len(outcome)]))
    return Calibrator("sigmoid", np.zeros(0), np.array([slope, weights[1] - slope * centre]))
