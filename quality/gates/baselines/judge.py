"""Tonight's numbers against what they should be: as usual, strange (warns) or wrong (stops).

Both limits follow from a stated rate of false alarms over all gates of a night together, shared out
evenly among gates and within a gate among its values (Bonferroni), by Student's t, and never lie
inside what the series' own past has shown; a deviation must matter too, not only be improbable. Not
here: the expectation (expect), and how a verdict is put into words (told).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from quality.gates.baselines.derived import with_derived, with_partners
from quality.gates.baselines.expect import Expected, Floats, expected
from quality.gates.baselines.names import GATE_KINDS
from quality.gates.baselines.series import Series, linked, only, read_series
from quality.gates.baselines.told import GATE_KEY, SHOWN_DAYS, told
from quality.gates.results import CheckResult

_COMPARABLE = 4.0
_LEAST_DEGREES, _MOST_DEGREES = 6, 200
_TAIL_WARN, _TAIL_STOP, _EXTREME_STOP = 1.1, 1.5, 1.25
#: Least spread beyond sampling, by kind: no series is steadier than that for ever.
_FLOOR = {"count": 0.02, "ratio": 0.02, "share": 0.012, "mean": 0.015, "moment": 0.25}
#: What matters: as share of the expectation, in shares, in the rows' standard deviations, in hours.
_MATTERS_WARN = {"count": 0.03, "ratio": 0.03, "share": 0.01, "mean": 0.08, "moment": 1.0}
_MATTERS_STOP = {"count": 0.10, "ratio": 0.10, "share": 0.03, "mean": 0.25, "moment": 3.0}


@dataclass(frozen=True)
class Limits:
    """How sure a gate must be.

    Attributes:
        false_stops_a_year: Nights a year that all gates together may stop for nothing.
        false_warnings_a_month: Nights a month that they may warn of for nothing.
        warn_after: Past days with a forecast that a series needs before it is judged.
        stop_after: The same before it may stop a night.
        fewest_rows: Rows that a share or mean needs to be judged.
    """

    false_stops_a_year: float = 0.25
    false_warnings_a_month: float = 4.0
    warn_after: int = 14
    stop_after: int = 28
    fewest_rows: int = 10

    def deviations(self, share: Floats, degrees: Floats) -> tuple[Floats, Floats]:
        """Standard deviations at which series warn and stop, by their share of all false alarms."""
        warn = self.false_warnings_a_month / 30 / 2 * share
        stop = self.false_stops_a_year / 365 / 2 * share
        return -stdtrit(degrees, warn), -stdtrit(degrees, stop)


def judge(
    con: duckdb.DuckDBPyConnection,
    relation: str,
    day: date,
    *,
    country: str,
    only_warn: Iterable[str] = (),
    is_first: Iterable[str] = (),
    growing: Iterable[str] = (),
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    limits: Limits | None = None,
) -> list[CheckResult]:
    """Judge a day by the days before it.

    Args:
        con: Connection that can read `relation`.
        relation: What to select the numbers from (as `numbers.COLUMNS` says), `day` included.
        day: The day to judge.
        country: Whose holidays are known.
        only_warn: Sources that may fail without stopping a night.
        is_first: Sources in their first batch: their past is complete, their last days may not be.
        growing: Sources whose rows change after they first come.
        overrides: What the company file says of single gates: severity, min, max.
        limits: How sure a gate must be.
    """
    limits = limits or Limits()
    parts = []
    for only_volume in (True, False):
        series = read_series(con, relation, day, growing=growing, only_volume=only_volume)
        if series is None or series.first + timedelta(series.n.shape[1] - 1) != day:
            continue
        series = _of_enough(with_derived(series), limits)
        if len(series.keys):
            parts.append((series, *_fit(series, day, country)))
            if only_volume:
                beside = _of_enough(with_partners(series, parts[-1][1].errors), limits)
                if len(beside.keys):
                    parts.append((beside, *_fit(beside, day, country)))
    judged = [_is_known(fit, limits) & np.isfinite(now) for _, fit, now, *_ in parts]
    n_gates = sum(
        len(series.keys[is_judged].drop_duplicates(GATE_KEY))
        for (series, *_), is_judged in zip(parts, judged, strict=True)
    )
    results: list[CheckResult] = []
    for (series, fit, now, sampling, own), is_judged in zip(parts, judged, strict=True):
        share = _share_of_alarms(series.keys, is_judged) / max(n_gates, 1)
        frame = _verdicts(series, fit, now, sampling, own, limits, share)
        mild = frame["source"].isin({*only_warn, *is_first}) | ~frame["can_stop"]
        frame.loc[mild & (frame["verdict"] == "stop"), "verdict"] = "warn"
        results += told(frame, series, limits.warn_after, overrides or {})
    return sorted(results, key=lambda result: result.gate)


def _fit(series: Series, day: date, country: str) -> tuple[Expected, Floats, Floats, Floats]:
    """What is expected of each series, what it is, its sampling variance and its rows' sd."""
    values, sampling, own = linked(series)
    floor = np.array([_FLOOR[kind] for kind in series.kind]) * own
    has_trend = bool((series.kind == "count").all())
    fit = expected(
        values[:, :-1], sampling, series.first, day, country, floor, has_trend=has_trend,
        may_cluster=np.isin(series.kind, ("share", "mean")),
    )  # fmt: skip
    return fit, values[:, -1], sampling[:, -1], own


def _of_enough(series: Series, limits: Limits) -> Series:
    """Without shares, means and ratios of a few rows, which are not judged."""
    whole = np.isin(series.kind, ("count", "moment"))
    return only(series, whole | (series.n[:, -1] >= limits.fewest_rows))


def _share_of_alarms(keys: pd.DataFrame, is_judged: NDArray[np.bool_]) -> Floats:
    """A gate's false alarms are shared out evenly among the values that it judges."""
    values = keys.assign(is_judged=is_judged).groupby(GATE_KEY)["is_judged"].transform("sum")
    return np.asarray(1.0 / np.maximum(values.to_numpy(), 1))


def _is_known(fit: Expected, limits: Limits) -> NDArray[np.bool_]:
    return np.isfinite(fit.middle) & (fit.n_errors >= limits.warn_after)


def _verdicts(
    series: Series,
    fit: Expected,
    tonight: Floats,
    sampling: Floats,
    own: Floats,
    limits: Limits,
    share: Floats,
) -> pd.DataFrame:
    """A row a series: observed, expected, the four limits, the verdict and how far off it is."""
    kind, observed = series.kind, series.value[:, -1]
    is_judged = _is_known(fit, limits) & np.isfinite(tonight) & _is_comparable(series)
    degrees = np.clip(fit.n_errors - 1, _LEAST_DEGREES, _MOST_DEGREES).astype(float)
    warn, stop = limits.deviations(share, degrees)
    # a special day without a precedent can be anything within reason, and nobody should be woken
    rows = np.isin(kind, ("count", "ratio"))
    strangeness = np.where(fit.is_new_occasion & rows, np.log(4.0), 0.0)
    spread = fit.spread * np.where(fit.is_new_occasion & ~rows, fit.special_spread, 1.0)
    low, high = fit.middle + fit.low_shift - strangeness, fit.middle + fit.high_shift + strangeness
    bounds = {}
    for side, edge, sign, tail, extreme in (
        ("lower", low, -1.0, fit.low_tail, fit.low_extreme),
        ("upper", high, 1.0, fit.high_tail, fit.high_extreme),
    ):
        reach = np.maximum(warn, _TAIL_WARN * tail)
        bounds[f"warn_{side}"] = _bound(series, edge, sign * reach, spread, sampling)
        reach = np.maximum(np.maximum(stop, reach), _TAIL_STOP * tail)
        reach = np.maximum(reach, _EXTREME_STOP * extreme)
        bounds[f"stop_{side}"] = _bound(series, edge, sign * reach, spread, sampling)
    middle = _unlinked(kind, fit.middle)
    for name, matters in (("warn", _MATTERS_WARN), ("stop", _MATTERS_STOP)):
        least = np.array([matters[one] for one in kind])
        margin = np.where(rows, least * middle, np.where(kind == "mean", least * own, least))
        # below half a row a count cannot fall, and a quiet stream may have one or two by chance
        margin = np.where(kind == "count", np.maximum(margin, 2.5), margin)
        bounds[f"{name}_lower"] = np.minimum(bounds[f"{name}_lower"], middle - margin)
        bounds[f"{name}_upper"] = np.maximum(bounds[f"{name}_upper"], middle + margin)
    # more rows beside another source may be that one's loss: its own gates will say
    bounds |= {side: np.where(kind == "ratio", np.inf, bounds[side])
               for side in ("warn_upper", "stop_upper")}  # fmt: skip
    least, most = np.where(kind == "mean", -np.inf, 0.0), np.where(kind == "share", 1.0, np.inf)
    bounds = {side: np.clip(bound, least, most) for side, bound in bounds.items()}
    bounds = _reachable(bounds, kind, series.n[:, -1])
    frame = series.keys.assign(**bounds, observed=observed, expected=middle, kind=kind)
    frame["n"] = np.where(kind == "count", series.total[:, -1], series.n[:, -1])
    frame["n_errors"] = fit.n_errors
    frame["is_there"] = np.isfinite(tonight)
    frame["is_judged"] = is_judged
    frame["can_stop"] = [GATE_KINDS[m].can_stop for m in frame["measure"]]
    frame["can_stop"] &= (fit.n_errors >= limits.stop_after) & ~fit.is_new_occasion
    usual = np.where(kind == "count", middle, _usual_rows(series))
    frame["can_stop"] &= (usual >= limits.fewest_rows) | (kind == "moment")
    below, above = observed < bounds["warn_lower"], observed > bounds["warn_upper"]
    outside = (observed < bounds["stop_lower"]) | (observed > bounds["stop_upper"])
    frame["verdict"] = np.where(is_judged & (below | above), "warn", "ok")
    frame.loc[is_judged & outside, "verdict"] = "stop"
    scale = np.sqrt(spread**2 + np.where(np.isfinite(sampling), sampling, 0))
    frame["off"] = np.nan_to_num(np.abs(tonight - fit.middle) / scale)
    return frame


def _reachable(bounds: dict[str, Floats], kind: NDArray[np.str_], n: Floats) -> dict[str, Floats]:
    """Limits of shares that none, or all, of so few rows would not be outside of: 0 and 1."""
    nearest = 0.375 / (np.nan_to_num(n) + 0.75)
    is_share = kind == "share"
    return {
        side: np.where(is_share & (bound <= nearest), 0.0, bound)
        if side.endswith("lower")
        else np.where(is_share & (bound >= 1 - nearest), 1.0, bound)
        for side, bound in bounds.items()
    }


def _usual_rows(series: Series) -> Floats:
    """Rows a day that a number has been of, in the last weeks; 0 where it has been of none."""
    recent = np.nan_to_num(series.n[:, -SHOWN_DAYS - 1 : -1])
    return np.asarray(np.median(recent, axis=1)) if recent.shape[1] else np.zeros(len(recent))


def _is_comparable(series: Series) -> NDArray[np.bool_]:
    """Whether a number is of enough rows for its past to tell of it.

    Of many rows more repeat and fewer persons are new, which says nothing where nights are small.
    """
    ratio = series.n[:, -1] / np.maximum(_usual_rows(series), 1e-9)
    grows = series.keys["measure"].isin(["persons", "repeated"]).to_numpy()
    return ~grows | ((ratio < _COMPARABLE) & (ratio > 1 / _COMPARABLE))


def _bound(series: Series, edge: Floats, reach: Floats, spread: Floats, sampling: Floats) -> Floats:
    """Where a limit lies, in the unit that people read.

    For counts by the variance-stabilising transform of the negative binomial with size 1 / spread²
    (Anscombe 1948): exact enough at expectations of one, where a logarithm is not.
    """
    kind = series.kind
    with np.errstate(over="ignore", invalid="ignore"):
        plain = _unlinked(kind, edge + reach * np.sqrt(spread**2 + sampling))
        size = np.clip(1 / spread**2, 1.0, 1e6)
        middle = np.arcsinh(np.sqrt((np.exp(edge) + 0.375 - 0.5).clip(0) / size))
        stable = middle + reach / (2 * np.sqrt(size))
        count = np.where(stable > 0, size * np.sinh(stable.clip(0, 50)) ** 2 - 0.375, 0.0)
    return np.where(kind == "count", np.maximum(count, 0.0), plain)


def _unlinked(kind: Any, values: Floats) -> Floats:
    """From the scale on which days compare back to the unit that people read."""
    with np.errstate(over="ignore", invalid="ignore"):
        share = np.sin(np.clip(values, 0, np.pi / 2)) ** 2
        count = np.maximum(np.exp(np.clip(values, -50, 50)) - 0.5, 0.0)
        ratio = np.exp(np.clip(values, -50, 50))
    return np.select(
        [kind == "count", kind == "share", kind == "ratio"], [count, share, ratio], values
    )
