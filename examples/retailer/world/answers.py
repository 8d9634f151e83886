"""How a feeling becomes a number on a scale, and what that number is on average.

Belongs here: rounding, heaping, and the exact expectation of a metric's point. Does not: who is
asked or answers (surveys.py).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr


def rounded(value: np.ndarray, lowest: int, highest: int) -> np.ndarray:
    """Whole numbers of the scale nearest to the values."""
    return np.clip(np.floor(value + 0.5), lowest, highest).astype(np.int64)


def share_at_least(mean: np.ndarray, noise: float, point: int) -> np.ndarray:
    """Probability that a normal value around the mean is rounded to `point` or more."""
    return ndtr((mean - (point - 0.5)) / noise)
