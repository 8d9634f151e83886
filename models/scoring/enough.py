"""Is there enough to learn from? If not, one sentence that says what is missing.

Here: counts against the settings' minima. Not here: whether what was learnt is good (`baseline`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.scoring.model import FoldData, NotEnough
from models.scoring.settings import ScoringSettings

Floats = NDArray[np.float64]
_PURPOSE = {"train": "training", "calibrate": "calibration", "test": "test"}


def lack_in_fold(
    outcome: Floats, fold: str, event: str, settings: ScoringSettings
) -> NotEnough | None:
    """Return what a fold lacks of the rarer outcome, or None.

    Args:
        outcome: 0 or 1 of the fold's rows.
        fold: train, calibrate or test.
        event: The outcome in words.
        settings: The minima.
    """
    total, positives = len(outcome), int(outcome.sum())
    minority = min(positives, total - positives)
    need = settings.min_minority_train if fold == "train" else settings.min_minority_fold
    if minority >= need:
        return None
    who = event if positives == minority else f"not {event}"
    return NotEnough(
        f"not enough to learn from: of {total:,} observations in the {_PURPOSE[fold]} fold"
        f" {minority:,} {who}, at least {need:,} are needed"
    )


def lack(data: FoldData, event: str, settings: ScoringSettings) -> NotEnough | None:
    """Return what is missing to learn at all, or None."""
    if len(data.train) < settings.min_rows:
        return NotEnough(
            f"not enough to learn from: {len(data.train):,} past observations to train on,"
            f" at least {settings.min_rows:,} are needed"
        )
    for fold in ("train", "calibrate", "test"):
        found = lack_in_fold(getattr(data, fold).outcome, fold, event, settings)
        if found:
            return found
    return None


def lack_of_history(n_cutoffs: int, horizon_days: int) -> NotEnough:
    """Return the sentence for a history without two labelled cut-offs one after the other."""
    return NotEnough(
        f"not enough to learn from: {n_cutoffs} past cut-offs, none of which lies two horizons of"
        f" {horizon_days} days back; about {2 * horizon_days + 60} days of history are needed"
    )
