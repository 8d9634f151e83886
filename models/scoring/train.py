"""Fitting gradient boosting, the same bytes of scores every time.

Here: the fit and raw scores. Not here: calibration and folds, nor sampling rows down (the
outcomes' `load_labelled` do that in SQL, before anything is in memory).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.scoring.settings import ScoringSettings
from models.scoring.splits import customer_share

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

Floats = NDArray[np.float64]
CHUNK_ROWS = 200_000


def fit(
    matrix: Floats, outcome: Floats, customer_id: NDArray[np.object_], settings: ScoringSettings
) -> HistGradientBoostingClassifier:
    """Fit the classifier on one thread; a tenth of the customers decides when to stop.

    OpenMP spins on a shared machine and sums in another order with more threads: one thread is
    both cheaper and reproducible. The stopping rows are other customers, not other rows of the
    same ones, so that remembering somebody does not look like learning.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    is_stopping = customer_share(customer_id, "stopping") < 0.1
    enough = min(outcome[is_stopping].sum(), (1 - outcome[is_stopping]).sum()) >= 20
    classifier = HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        max_iter=settings.n_iterations if enough else settings.n_iterations // 2,
        max_leaf_nodes=settings.max_leaf_nodes,
        min_samples_leaf=settings.min_samples_leaf,
        l2_regularization=settings.l2,
        early_stopping=bool(enough),
        n_iter_no_change=10,
        random_state=settings.seed,
    )
    with threadpool_limits(limits=1):
        if not enough:
            return classifier.fit(matrix, outcome)
        return classifier.fit(
            matrix[~is_stopping],
            outcome[~is_stopping],
            X_val=matrix[is_stopping],
            y_val=outcome[is_stopping],
        )


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
