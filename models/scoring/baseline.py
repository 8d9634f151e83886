"""What a model must beat: the base rate and the recency rule, both calibrated like the model.

Here: the two rivals' forecasts and the verdict. Not here: the measures (`evaluate`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.scoring.calibrate import Calibrator, fit_calibrator
from models.scoring.evaluate import Estimate, log_loss_gain, measure
from models.scoring.settings import ScoringSettings

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rivals:
    """The two simple forecasts, learnt on the calibration fold."""

    base_rate: Calibrator
    recency: Calibrator


@dataclass(frozen=True)
class Verdict:
    """Whether a model is used, and by how much it beats each rival on the test fold.

    Attributes:
        is_used: It beats both.
        reason: One sentence for people.
        gain_base, gain_recency: Log-loss of the rival minus the model's, with interval.
        auc_recency, log_loss_base, log_loss_recency: The rivals' own measures.
    """

    is_used: bool
    reason: str
    gain_base: Estimate
    gain_recency: Estimate
    auc_recency: float
    log_loss_base: float
    log_loss_recency: float


def fit_rivals(recency_score: Floats, outcome: Floats, isotonic_minority: int) -> Rivals:
    """Learn the base rate and the calibrated recency rule.

    Args:
        recency_score: Higher means that the outcome is likelier by recency alone; finite.
        outcome: 0 or 1.
        isotonic_minority: See `ScoringSettings`.
    """
    constant = fit_calibrator(np.zeros(len(outcome)), outcome, isotonic_minority)
    return Rivals(constant, fit_calibrator(recency_score, outcome, isotonic_minority))


def judge(
    probability: Floats,
    rivals: Rivals,
    recency_score: Floats,
    outcome: Floats,
    settings: ScoringSettings,
) -> Verdict:
    """Compare a model with both rivals on the test fold.

    A gain must be larger than the margin and its 95 % interval must lie above nought: a model
    that is better by luck on one cut-off would be worse than a rule that everyone understands.
    """
    p_base, p_recency = rivals.base_rate.apply(recency_score), rivals.recency.apply(recency_score)
    options = {"n_bootstrap": settings.n_bootstrap, "seed": settings.seed}
    gain_base = log_loss_gain(probability, p_base, outcome, **options)
    gain_recency = log_loss_gain(probability, p_recency, outcome, **options)
    loss_base = measure(p_base, outcome)["log_loss"]
    of_recency = measure(p_recency, outcome)
    auc = measure(probability, outcome)["auc"]
    failures = []
    for name, gain, loss in (
        ("the base rate", gain_base, loss_base),
        ("the recency rule", gain_recency, of_recency["log_loss"]),
    ):
        if gain.ci_lower <= 0 or gain.value < settings.min_log_loss_gain * loss:
            failures.append(
                f"log-loss is not better than {name}'s {loss:.4f}"
                f" (gain {gain.value:+.4f}, 95 % {gain.ci_lower:+.4f} to {gain.ci_upper:+.4f})"
            )
    if auc < of_recency["auc"] + settings.min_auc_gain:
        failures.append(f"AUC {auc:.3f} against {of_recency['auc']:.3f} of the recency rule")
    reason = (
        "not used: " + "; ".join(failures)
        if failures
        else f"beats the base rate and the recency rule (AUC {auc:.3f} against"
        f" {of_recency['auc']:.3f}, log-loss gain {gain_recency.value:.4f})"
    )
    return Verdict(
        not failures,
        reason,
        gain_base,
        gain_recency,
        of_recency["auc"],
        loss_base,
        of_recency["log_loss"],
    )
