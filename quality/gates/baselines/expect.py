"""What a day's numbers should be by the days before: expectation and spread, all series at once.

Belongs here: arrays in, arrays out. Does not: limits and verdicts (judge).

Source of method: robust structural decomposition. Level is the median of the last two weeks without
their weekday's effect, carried on by half of its trend (of shares and means: of four weeks, as it
is); a weekday's effect is the median of twelve
such days; each past day is forecast in the same way, from what was known before it, and the spread
is that of those errors (median absolute deviation, and the 90 % quantile where tails are longer),
less what sampling alone explains. Counts are negative binomial: spread grows with the level.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from quality.gates.baselines.calendar import is_special, kin, same_occasion

Floats = NDArray[np.float64]

LEVEL_DAYS, BASE_DAYS, WEEKS, ERROR_DAYS = 14, 28, 12, 180
FEWEST_LEVEL, FEWEST_WEEKS = 5, 3
_TREND_KEPT = 0.5
_MAD_TO_SD, _Q90_TO_SD = 1.4826, 1.0 / 1.6449
_TAIL_QUANTILE = 0.985
_KIN_COUNTS_FROM, _KIN_STRETCH = 2.5, 1.3


@dataclass(frozen=True)
class Expected:
    """What each series should be on a day, on its transformed scale; arrays of shape (series,).

    Attributes:
        middle: The expectation.
        low_shift: How much lower days akin to this one have been (0 or less).
        high_shift: How much higher (0 or more).
        spread: Standard deviation of forecast errors beyond sampling.
        low_tail: How many standard deviations the lowest errors of the past were off.
        high_tail: The same of the highest.
        n_errors: Past days that were forecast.
        is_new_occasion: Whether the day is special and the series has not seen its like.
    """

    middle: Floats
    low_shift: Floats
    high_shift: Floats
    spread: Floats
    low_tail: Floats
    high_tail: Floats
    n_errors: NDArray[np.int64]
    is_new_occasion: NDArray[np.bool_]


def expected(
    past: Floats,
    sampling: Floats,
    first: date,
    day: date,
    country: str,
    floor: Floats,
    *,
    has_trend: bool,
) -> Expected:
    """What the series should be on a day.

    Args:
        past: (series, days) values on the transformed scale, NaN where a day has none.
        sampling: (series, days) variances that sampling alone gives them.
        first: Day of the first column; the columns end on the day before `day`.
        day: The day to expect.
        country: Whose holidays are known.
        floor: (series,) least spread.
        has_trend: Whether they grow and shrink with the season, as volumes do; shares and means are
            taken to stay, and learn from four weeks instead of two.
    """
    n_series, n_days = past.shape
    assert first + timedelta(n_days) == day, "the past ends on the day before"
    errors, middle = _errors(past, has_trend)
    recent = errors[:, -ERROR_DAYS:]
    n_errors = np.isfinite(recent).sum(axis=1)
    total = np.maximum(
        _MAD_TO_SD * _median(np.abs(recent)), _Q90_TO_SD * _quantile(np.abs(recent), 0.9)
    )
    usual_sampling = _median(np.where(np.isfinite(recent), sampling[:, -ERROR_DAYS:], np.nan))
    spread = np.sqrt(np.maximum(total**2 - usual_sampling, floor**2))
    spread = np.where(np.isfinite(spread), spread, np.inf)
    scaled = np.abs(errors) / np.sqrt(spread[:, None] ** 2 + sampling)
    signed = (errors / np.sqrt(spread[:, None] ** 2 + sampling))[:, -ERROR_DAYS:]
    low_tail = np.nan_to_num(_quantile(-signed, _TAIL_QUANTILE)).clip(0)
    high_tail = np.nan_to_num(_quantile(signed, _TAIL_QUANTILE)).clip(0)
    low, high = np.zeros(n_series), np.zeros(n_series)
    for other in kin(day):
        place = (other - first).days
        if place < 0:
            continue
        for near in range(max(place - 1, 0), min(place + 2, n_days)):
            is_same = near == place
            counts = np.isfinite(errors[:, near]) & (scaled[:, near] > _KIN_COUNTS_FROM)
            if not is_same and not is_special(day, country):
                continue
            low = np.where(counts, np.minimum(low, _KIN_STRETCH * errors[:, near]), low)
            high = np.where(counts, np.maximum(high, _KIN_STRETCH * errors[:, near]), high)
    is_new = np.full(n_series, is_special(day, country))
    for other in same_occasion(day):
        place = (other - first).days
        if place >= 0:
            is_new &= ~np.isfinite(errors[:, place])
    return Expected(middle, low, high, spread, low_tail, high_tail, n_errors, is_new)


def _errors(past: Floats, has_trend: bool) -> tuple[Floats, Floats]:
    """Errors of the forecasts of each past day (series, days), and the forecast of the next."""
    n_series, n_days = past.shape
    open_end = np.concatenate([past, np.full((n_series, 1), np.nan)], axis=1)
    base = _median(_windows(open_end, BASE_DAYS), FEWEST_LEVEL)
    off_base = open_end - base
    lags = np.full((n_series, n_days + 1, WEEKS), np.nan)
    for week in range(1, WEEKS + 1):
        back = 7 * week
        if back <= n_days:
            lags[:, back:, week - 1] = off_base[:, : n_days + 1 - back]
    weekday = np.nan_to_num(_median(lags, FEWEST_WEEKS))
    # an effect that chance alone would show is none (James and Stein's shrinkage)
    noise = (_MAD_TO_SD * _median(np.abs(off_base))) ** 2 * (np.pi / 2 / WEEKS)
    kept = 1 - np.nan_to_num(noise)[:, None] / np.maximum(weekday**2, 1e-12)
    weekday = weekday * np.maximum(kept, 0.0)
    plain = open_end - weekday
    if not has_trend:
        forecast = _median(_windows(plain, BASE_DAYS), FEWEST_LEVEL) + weekday
        return (open_end - forecast)[:, :-1], forecast[:, -1]
    level = _median(_windows(plain, LEVEL_DAYS), FEWEST_LEVEL)
    before = np.full_like(level, np.nan)
    before[:, LEVEL_DAYS:] = level[:, :-LEVEL_DAYS] if n_days + 1 > LEVEL_DAYS else np.nan
    trend = np.nan_to_num(level - before) * (LEVEL_DAYS + 1) / 2 / LEVEL_DAYS
    forecast = level + _TREND_KEPT * trend + weekday
    return (open_end - forecast)[:, :-1], forecast[:, -1]


def _windows(values: Floats, length: int) -> Floats:
    """(series, days, length): for each day the `length` days before it, NaN before the first."""
    padded = np.concatenate([np.full((values.shape[0], length), np.nan), values[:, :-1]], axis=1)
    return sliding_window_view(padded, length, axis=1)


def _median(values: Floats, fewest: int = 1) -> Floats:
    """Median over the last axis without NaN; NaN where fewer than `fewest` are left."""
    ordered = np.sort(values, axis=-1)
    count = np.isfinite(ordered).sum(axis=-1)
    high = np.maximum(count // 2, 0)
    low = np.maximum((count - 1) // 2, 0)
    last = ordered.shape[-1] - 1
    a = np.take_along_axis(ordered, np.minimum(low, last)[..., None], axis=-1)[..., 0]
    b = np.take_along_axis(ordered, np.minimum(high, last)[..., None], axis=-1)[..., 0]
    return np.where(count >= fewest, (a + b) / 2, np.nan)


def _quantile(values: Floats, share: float) -> Floats:
    """Quantile over the last axis without NaN (the next higher value); NaN where there is none."""
    ordered = np.sort(values, axis=-1)
    count = np.isfinite(ordered).sum(axis=-1)
    place = np.clip(np.ceil(share * count).astype(int) - 1, 0, ordered.shape[-1] - 1)
    found = np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0]
    return np.where(count > 0, found, np.nan)
