"""How a feeling becomes a number on a scale: chances of every answer, and of answering at all.

Belongs here: skewed noise, heaping, the styles of countries, non-response, and what a metric's
point comes to on average. Does not: who is asked, or what they think (surveys.py).

Scores are drawn from the chances worked out here, so that what is planted is exact and not itself
an estimate.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import ndtr

from examples.retailer.places import countries

#: Most answers lie a little above what people feel, some far below: share, shift, spread of each.
MIXTURE = ((0.85, 0.24, 0.8), (0.15, -1.36, 1.6))
#: Share of people who answer in round numbers only.
HEAPING = 0.2


def chances(mean: np.ndarray, noise: float, points: np.ndarray) -> np.ndarray:
    """Probability of each point of a scale (one a column) for answers around `mean`.

    Noise is skewed to the left; what lies beyond an end of the scale falls on it.
    """
    edges = (points[:-1] + 0.5)[None, :]
    below = np.zeros((len(mean), len(points) - 1))
    for share, shift, spread in MIXTURE:
        below += share * ndtr((edges - mean[:, None] - shift * noise) / (spread * noise))
    cumulated = np.hstack([np.zeros((len(mean), 1)), below, np.ones((len(mean), 1))])
    return np.diff(cumulated, axis=1)


def styled(
    pmf: np.ndarray, points: np.ndarray, country: np.ndarray, heap: np.ndarray
) -> np.ndarray:
    """Chances after all have used the scale as their country does, or by round numbers."""
    found = pmf.copy()
    for index, place in enumerate(countries()):
        style = place["answer_style"]
        mine = country == index
        found[mine] = pmf[mine] @ _matrix(style, tuple(points))
    heaping = heap < HEAPING
    found[heaping] = pmf[heaping] @ _matrix("heaping", tuple(points))
    return found


@cache
def _matrix(style: str, points: tuple[int, ...]) -> np.ndarray:
    """Where the answers of each row's point go."""
    size = len(points)
    moved = np.eye(size)

    def move(source: int, target: int, share: float) -> None:
        moved[source, target] += share
        moved[source, source] -= share

    if style == "modest":
        move(size - 1, size - 2, 0.2)
    elif style == "extreme":
        move(size - 2, size - 1, 0.3)
        move(1, 0, 0.2)
    elif style == "heaping" and size > 7:
        for source, target in ((9, 10), (7, 8), (4, 5), (6, 5), (1, 0), (2, 0)):
            move(source, target, 0.7)
    elif style == "heaping":
        move(size - 2, size - 1, 0.35)
        move(1, 0, 0.35)
    return moved


def drawn(pmf: np.ndarray, points: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Scores of the scale, one a row, by uniform numbers `chance`."""
    place = (chance[:, None] > np.cumsum(pmf[:, :-1], axis=1)).sum(axis=1)
    return points[place].astype(np.int64)


def answering(odds: np.ndarray, lean: np.ndarray) -> np.ndarray:
    """Probability to answer for each person (row) and score (column): who is moved answers."""
    return 1 / (1 + np.exp(-(odds[:, None] + lean[None, :])))


def lean(points: np.ndarray, by_score: float, by_extreme: float) -> np.ndarray:
    """Log odds of answering that each point of the scale adds."""
    place = 2 * (points - points[0]) / (points[-1] - points[0]) - 1
    return by_score * place + by_extreme * (np.abs(place) - 0.5)


def worth(metric: int, points: np.ndarray) -> np.ndarray:
    """What each point adds to the metric: NPS 1, 0 or -1; the top two of CSAT; the upper third."""
    if metric == 0:
        return (points >= 9).astype(float) - (points <= 6)
    if metric == 1:
        return (points >= points[-1] - 1).astype(float)
    return (3 * (points - points[0]) >= 2 * (points[-1] - points[0])).astype(float)
