"""Scoring: learn an outcome from as-of features, test it honestly, score today's customers.

Here: everything that is the same for every outcome (folds, training, calibration, evaluation,
reasons, registry, monitoring). Not here: what an outcome is (`models/churn.py`,
`models/propensity.py`), features (SQL, `transforms/models/features/`), and when it all runs.
"""

from __future__ import annotations
