"""Fitting gradient boosting, the same bytes of scores every time.

Here: the fit and raw scores. Not here: calibration and folds, nor sampling rows down (the
outcomes' `load_labelled` do that in SQL, before anything is in memory).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.scoring.settings import ScoringSettings

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

Floats = NDArray[np.float64]
CHUNK_ROWS = 200_000
PLENTY = 200
"""Rows of the rarer outcome from which on all trees are grown."""


def fit(
    matrix: Floats, outcome: Floats, settings: ScoringSettings
) -> HistGradientBoostingClassifier:
    """Fit the classifier on one thread, on all rows; with few of an outcome half as many trees.

    OpenMP spins on a shared machine and sums in another order with more threads: one thread is
    both cheaper and reproducible. No rows are kept back to decide when to stop: trees as small
    as these hardly ever stopped early, and a tenth of 350 leavers costs more than it saves.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    is_plenty = min(outcome.sum(), (1 - outcome).sum()) >= PLENTY
    classifier = HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        max_iter=settings.n_iterations if is_plenty else settings.n_iterations // 2,
        max_leaf_nodes=settings.max_leaf_nodes,
        min_samples_leaf=settings.min_samples_leaf,
        l2_regularization=settings.l2,
        early_stopping=False,
        random_state=settings.seed,
    )
    with threadpool_limits(limits=1):
        return classifier.fit(_with_some_value(matrix), outcome)


def _with_some_value(matrix: Floats) -> Floats:
    """Give columns without any value a constant, by which no tree cuts.

    A company that never asked has no mean score at all, and scikit-learn has no bins for nothing.
    """
    empty = np.isnan(matrix).all(axis=0)
    return np.where(empty, 0.0, matrix) if empty.any() else matrix


def raw_scores(classifier: HistGradientBoostingClassifier, matrix: Floats) -> Floats:
    """Return log-odds for each row, worked out in chunks on one thread."""
    from threadpoolctl import threadpool_limits

    if not len(matrix):
        return np.zeros(0)
    with threadpool_limits(limits=1):
        parts = [
            classifier.decision_function(matrix[start : start + CHUNK_ROWS])
            for start in range(0, len(matrix), CHUNK_ROWS)
        ]
    return np.concatenate(parts).astype(np.float64)
