"""The numbers that steer scoring, each with the reason for its default.

Here: one frozen settings object. Not here: anything read from a file or the environment; the
caller passes an instance with what a company has set otherwise.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

CODE_VERSION = "6"
"""Raised when training, calibration or a feature changes meaning: stored models then expire."""


@dataclass(frozen=True)
class ScoringSettings:
    """How models are trained, judged and kept.

    Attributes:
        seed: The only source of randomness (bootstrap, reference draws).
        max_training_rows: Rows above this are sampled down; at 1 M rows a 200 k sample costs an
            eighth for .007 of AUC.
        max_purchase_rows: The same for purchases, whose rows are customers times categories and
            mostly say that nobody bought; every purchase is kept first.
        min_rows: Rows that the training fold needs.
        min_minority_train: Rows of the rarer outcome that the training fold needs.
        min_minority_fold: The same for the calibration and the test fold.
        refit_minority: With fewer rows of the rarer outcome in the training fold, the tested model
            learns anew from all labelled rows: .017 of AUC at 1,600 such rows, nothing at 18,000.
        pooled_minority: With fewer rows of the rarer outcome in the test fold, an offer whose trees
            have not seen the calibration fold is calibrated on both: a month's 360 purchases tell
            the base rate to a twentieth only.
        isotonic_minority: From this many of the rarer outcome on, calibration may be isotonic;
            below it sigmoid (isotonic overfits small folds).
        n_bootstrap: Resamples for the 95 % intervals.
        max_bootstrap_rows: Test rows used for the intervals' resamples at most.
        min_log_loss_gain: Relative gain in log-loss that a model must have over each baseline.
        min_auc_gain: Gain in AUC that a model must have over the recency rule.
        reuse_days: A stored model younger than this (in business days of as-of) is used again.
        n_reasons: Reasons kept for each score.
        max_reason_rows: Customers explained at most, those with the highest scores first.
        n_iterations, learning_rate, max_leaf_nodes, min_samples_leaf, l2: Gradient boosting.
    """

    seed: int = 20240229
    max_training_rows: int = 200_000
    max_purchase_rows: int = 80_000
    min_rows: int = 1_000
    min_minority_train: int = 100
    min_minority_fold: int = 40
    refit_minority: int = 5_000
    pooled_minority: int = 1_000
    isotonic_minority: int = 300
    n_bootstrap: int = 200
    max_bootstrap_rows: int = 50_000
    min_log_loss_gain: float = 0.002
    min_auc_gain: float = 0.005
    reuse_days: int = 30
    n_reasons: int = 5
    max_reason_rows: int = 200_000
    n_iterations: int = 80
    learning_rate: float = 0.1
    max_leaf_nodes: int = 5
    min_samples_leaf: int = 60
    l2: float = 20.0

    def fingerprint(self) -> str:
        """Return a digest of what a stored model depends on besides its data."""
        text = json.dumps({"code": CODE_VERSION, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
