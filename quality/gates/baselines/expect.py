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
#: Days that a short memory of shares and means looks back, and how much better it must have been.
QUICK_DAYS = 7
_CLEARLY = 0.95
_TREND_KEPT = 0.5
_HALVINGS = 8
#: Special days that must have been seen to learn from, what the strangest of them is in standard
#: deviations where they are like any day, and how much wider the spread may get.
_FEWEST_SPECIAL, _USUAL_WORST, _STRANGEST = 6, 2.2, 3.0
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
        low_extreme: How many standard deviations the lowest errors but one were off.
        high_extreme: The same of the highest.
        n_errors: Past days that were forecast.
        is_new_occasion: Whether the day is special and the series has not seen its like.
        special_spread: By how much the spread is wider on a special day that is like none.
        errors: (series, days) errors of the forecasts of the last days.
    """

    middle: Floats
    low_shift: Floats
    high_shift: Floats
    spread: Floats
    low_tail: Floats
    high_tail: Floats
    low_extreme: Floats
    high_extreme: Floats
    n_errors: NDArray[np.int64]
    is_new_occasion: NDArray[np.bool_]
    special_spread: Floats
    errors: Floats


def expected(
    past: Floats,
    sampling: Floats,
    first: date,
    day: date,
    country: str,
    floor: Floats,
    *,
    has_trend: bool,
    may_cluster: NDArray[np.bool_] | None = None,
) -> Expected:
    """What the series should be on a day.

    Args:
        past: (series, days) values on the transformed scale, NaN where a day has none.
        sampling: (series, days + 1) variances that sampling alone gives them, the day itself too.
        first: Day of the first column; the columns end on the day before `day`.
        day: The day to expect.
        country: Whose holidays are known.
        floor: (series,) least spread.
        has_trend: Whether they grow and shrink with the season, as volumes do; shares and means are
            taken to stay, and learn from four weeks instead of two.
        may_cluster: (series,) whether a series' noise may grow as its sampling does; none by
            default. A count's sampling hangs on the count itself, and must not.
    """
    n_series, n_days = past.shape
    assert first + timedelta(n_days) == day, "the past ends on the day before"
    errors, middle = _errors(past, has_trend)
    recent = errors[:, -ERROR_DAYS:]
    n_errors = np.isfinite(recent).sum(axis=1)
    if may_cluster is None:
        may_cluster = np.zeros(n_series, dtype=bool)
    beyond = _beyond_sampling(recent, sampling, floor, may_cluster)
    spread = np.where(n_errors > 0, beyond[:, -1], np.inf)
    scale = np.sqrt(beyond[:, :-1] ** 2 + sampling[:, :-1])
    scaled = np.abs(errors) / scale
    signed = (errors / scale)[:, -ERROR_DAYS:]
    low_tail = np.nan_to_num(_quantile(-signed, _TAIL_QUANTILE)).clip(0)
    high_tail = np.nan_to_num(_quantile(signed, _TAIL_QUANTILE)).clip(0)
    low_extreme, high_extreme = _second(-signed), _second(signed)
    low, high = _shifts(errors, scaled, first, day, country)
    is_new = np.full(n_series, is_special(day, country))
    for other in same_occasion(day):
        place = (other - first).days
        if place >= 0:
            is_new &= ~np.isfinite(errors[:, place])
    wider = _special_spread(scaled[:, -ERROR_DAYS:], day, country)
    return Expected(
        middle, low, high, spread, low_tail, high_tail, low_extreme, high_extreme, n_errors, is_new,
        wider, recent,
    )  # fmt: skip


def _shifts(
    errors: Floats, scaled: Floats, first: date, day: date, country: str
) -> tuple[Floats, Floats]:
    """How much lower and higher days akin to this one have been than forecast, stretched.

    The days beside a kin count where this day is special: occasions move by a day between years.
    """
    n_series, n_days = errors.shape
    low, high = np.zeros(n_series), np.zeros(n_series)
    for other in kin(day):
        place = (other - first).days
        if place < 0:
            continue
        for near in range(max(place - 1, 0), min(place + 2, n_days)):
            if near != place and not is_special(day, country):
                continue
            counts = np.isfinite(errors[:, near]) & (scaled[:, near] > _KIN_COUNTS_FROM)
            low = np.where(counts, np.minimum(low, _KIN_STRETCH * errors[:, near]), low)
            high = np.where(counts, np.maximum(high, _KIN_STRETCH * errors[:, near]), high)
    return low, high


def _second(values: Floats) -> Floats:
    """The largest value but one over the last axis without NaN, 0 where that is less or none is."""
    known = np.where(np.isfinite(values), values, -np.inf)
    second = np.sort(known, axis=1)[:, -2] if known.shape[1] > 1 else np.zeros(len(known))
    return np.maximum(second, 0.0)


def _special_spread(scaled: Floats, day: date, country: str) -> Floats:
    """How much stranger special days have been than others: what a new one may be.

    Three times as strange where few have been seen; what has been steady over all of them is taken
    to be steady on the next.
    """
    n_days = scaled.shape[1]
    special = [is_special(day - timedelta(n_days - place), country) for place in range(n_days)]
    seen = scaled[:, np.array(special, dtype=bool)] if any(special) else scaled[:, :0]
    counted = np.isfinite(seen).sum(axis=1)
    worst = np.where(np.isfinite(seen), seen, 0.0).max(axis=1, initial=0.0)
    learnt = np.clip(worst / _USUAL_WORST, 1.0, _STRANGEST)
    return np.asarray(np.where(counted >= _FEWEST_SPECIAL, learnt, _STRANGEST))


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
        slow = _median(_windows(plain, BASE_DAYS), FEWEST_LEVEL) + weekday
        quick = _median(_windows(plain, QUICK_DAYS), FEWEST_LEVEL) + weekday
        is_quick = _is_better(open_end - quick, open_end - slow)
        forecast = np.where(is_quick[:, None], quick, slow)
        return (open_end - forecast)[:, :-1], forecast[:, -1]
    level = _median(_windows(plain, LEVEL_DAYS), FEWEST_LEVEL)
    before = np.full_like(level, np.nan)
    before[:, LEVEL_DAYS:] = level[:, :-LEVEL_DAYS] if n_days + 1 > LEVEL_DAYS else np.nan
    trend = np.nan_to_num(level - before) * (LEVEL_DAYS + 1) / 2 / LEVEL_DAYS
    forecast = level + _TREND_KEPT * trend + weekday
    return (open_end - forecast)[:, :-1], forecast[:, -1]


def _beyond_sampling(
    errors: Floats, sampling: Floats, floor: Floats, may_cluster: NDArray[np.bool_]
) -> Floats:
    """(series, days + 1) standard deviations beyond sampling, of each day and the one to expect.

    Noise of the day is the same on all days; where rows come in clusters (lines of one order) it
    grows with sampling as that does. Each series takes what its errors are likelier by.
    """
    past = sampling[:, -errors.shape[1] - 1 : -1]
    same = np.maximum(_spread(errors, past), floor)[:, None]
    ratio = np.abs(errors) / np.sqrt(past + 1e-300)
    times = np.sqrt(np.maximum(_size(ratio)[:, None] ** 2 - 1, 0.0))
    growing = np.maximum(times * np.sqrt(sampling), floor[:, None])
    is_growing = _misfit(errors, growing[:, -errors.shape[1] - 1 : -1] ** 2 + past) < _misfit(
        errors, same**2 + past
    )
    return np.where((is_growing & may_cluster)[:, None], growing, same)


def _misfit(errors: Floats, variance: Floats) -> Floats:
    """Minus twice the mean log likelihood, a single strange day counting no more than 3 sigma."""
    told = np.log(variance + 1e-300) + np.minimum(errors**2 / (variance + 1e-300), 9.0)
    known = np.isfinite(told)
    return np.asarray(np.where(known, told, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _spread(errors: Floats, sampling: Floats) -> Floats:
    """Standard deviation of errors beyond what sampling explains, day by day; NaN without errors.

    The one with which errors, each in units of its own day's noise, have a spread of one. A day of
    few rows (shops are shut) is noisy by its sampling, and says nothing of the others.
    """
    off = np.abs(errors)
    high = _quantile(off, 0.9) * 2
    low = np.zeros_like(high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        scaled = off / np.sqrt(middle[:, None] ** 2 + sampling + 1e-300)
        is_wide = _size(scaled) > 1
        low, high = np.where(is_wide, middle, low), np.where(is_wide, high, middle)
    return (low + high) / 2


def _size(scaled: Floats) -> Floats:
    """Robust standard deviation of absolute values, by their middle or a longer tail."""
    return np.asarray(np.maximum(_MAD_TO_SD * _median(scaled), _Q90_TO_SD * _quantile(scaled, 0.9)))


def _is_better(errors: Floats, others: Floats) -> NDArray[np.bool_]:
    """Whether forecasts have been clearly better than others, by the errors that both made.

    By their usual worst, if their tail is no longer: prices that are lower for the weeks of a sale
    are followed in a few days by a short memory, which a long one takes for two months of errors.
    """
    both = np.where(np.isfinite(errors) & np.isfinite(others), 1.0, np.nan)
    own, other = np.abs(errors * both)[:, -ERROR_DAYS:], np.abs(others * both)[:, -ERROR_DAYS:]
    clearly = _quantile(own, 0.9) < _CLEARLY * _quantile(other, 0.9)
    return np.asarray(clearly & (_quantile(own, 0.97) <= _quantile(other, 0.97) / _CLEARLY))


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
