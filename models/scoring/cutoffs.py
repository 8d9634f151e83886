"""Which past days the customers are looked at from: the cut-offs of features and labels.

Here: choosing them from the length of the history and the horizons. Not here: folds over
cut-offs (`splits`), nor what a night with a stored model needs (`night.cutoffs_for_night`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

STEP_DAYS = 30
"""Cut-offs lie on a grid of this many days back from as-of: the windows of features fold on it."""

PURCHASE_HORIZON_DAYS = 30


def _offsets(horizon_days: int, reach_days: int, n_training: int) -> set[int]:
    """Return days before as-of for one horizon: test, calibration, then training cut-offs.

    Each fold's label window ends before the next fold's cut-off. Where the history is too short
    for three folds in a row, training and calibration share cut-offs (and split the customers).
    Between the folds lie cut-offs that only the model of tonight learns from (`forward`).
    """
    width = -(-horizon_days // STEP_DAYS) * STEP_DAYS
    start = 3 * width if 3 * width <= reach_days else 2 * width
    # Thirds of a horizon: a longer horizon has no more cut-offs than one of 90 days.
    between = range(width, start, -(-width // (3 * STEP_DAYS)) * STEP_DAYS)
    wanted = {width, 2 * width, *between} | {start + STEP_DAYS * i for i in range(n_training)}
    return {offset for offset in wanted if offset <= reach_days}


def choose_cutoffs(
    first_on: date,
    as_of: date,
    horizon_days: int,
    *,
    other_horizons: Sequence[int] = (PURCHASE_HORIZON_DAYS,),
    min_history_days: int = 60,
    n_training: int = 4,
) -> list[date]:
    """Choose the cut-offs that training and testing need, oldest first, as-of last.

    Args:
        first_on: First day with customer behaviour in the feeds.
        as_of: The business date that today means.
        horizon_days: Days after a cut-off in which churn is decided.
        other_horizons: Horizons of other outcomes that use the same features.
        min_history_days: Days of history that a cut-off must have before it.
        n_training: Training cut-offs for each horizon at most.

    Returns:
        Dates in ascending order; only `[as_of]` where the history allows no past cut-off.

    Raises:
        ValueError: When a horizon is not positive or the history starts after as-of.
    """
    horizons = (horizon_days, *other_horizons)
    if min(horizons) < 1:
        raise ValueError("a horizon must be at least one day")
    if first_on > as_of:
        raise ValueError("the history starts after the as-of date")
    reach = (as_of - first_on).days - min_history_days
    offsets = {0}.union(*(_offsets(horizon, reach, n_training) for horizon in horizons))
    return [as_of - timedelta(days=offset) for offset in sorted(offsets, reverse=True)]
