"""Series made of others: a day's clock, the level of all currencies, a source's streams together.

What each of several series only hints at, one made of all of them says: noise averages out, and
what is common to them stays. Belongs here: sums of series. Does not: counting (numbers) or judging.

Source of method: the clock is a score test for a shift, the locally most powerful one (Cox and
Hinkley 1974, 4.8): each hour has as its weight how much likelier it becomes when all come an hour
later. A mean sees the middle of the day; the weights see the edges, where a shift shows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from quality.gates.baselines.columns import SPLIT
from quality.gates.baselines.expect import Floats
from quality.gates.baselines.series import Series, only

#: What stands for the items of a column together.
TOGETHER = "(all, against their usual)"
_HOURS = 24
#: Largest weight of an hour, and the least that a shift must move: a flat day has no clock.
_MOST_WEIGHT, _LEAST_MOVE = 1.5, 0.02


def with_derived(series: Series) -> Series:
    """The series with those made of them; what only serves to make others is left out."""
    made = [*_clocks(series), *_levels(series), *_sources(series)]
    kept = only(series, (series.keys["measure"] != "profile").to_numpy())
    if not made:
        return kept
    keys = pd.DataFrame([key for key, *_ in made], columns=kept.keys.columns)
    kinds = np.array(["count" if key["measure"] == "volume" else "mean" for key, *_ in made])
    return Series(
        pd.concat([kept.keys, keys], ignore_index=True), np.concatenate([kept.kind, kinds]),
        kept.first, *(
            np.vstack([whole, np.array([one[place] for one in made])])
            for place, whole in enumerate((kept.n, kept.total, kept.squares), start=1)
        ),
    )  # fmt: skip


#: Rows a day that both of two streams must have, and how alike their surprises must be.
_FEWEST_BESIDE, _ALIKE = 20.0, 0.4

_Made = tuple[dict[str, str], Floats, Floats, Floats]


def _clocks(series: Series) -> list[_Made]:
    """By how many hours each day of a stream has moved from its usual profile."""
    made: list[_Made] = []
    rows = series.keys[series.keys["measure"] == "profile"]
    for _, group in rows.groupby(["feed", "stream", "source"], sort=True):
        counts = np.zeros((_HOURS, series.n.shape[1]))
        counts[group["item"].astype(int)] = np.nan_to_num(series.total[group.index])
        weights = hour_weights(counts[:, :-1].sum(axis=1))
        if weights is None:
            continue
        n = counts.sum(axis=0)
        key = dict(group.iloc[0]) | {"measure": "clock", "item": ""}
        made.append((key, *_where(n, weights @ counts, weights**2 @ counts)))
    return made


def hour_weights(usual: Floats) -> Floats | None:
    """What each hour says of a shift, so that their mean is in hours; None where it says nothing.

    Args:
        usual: (24,) rows that the past had in each hour.
    """
    share = (usual + 1) / (usual.sum() + _HOURS)
    earlier, later = np.append(share[0], share[:-1]), np.append(share[1:], share[-1])
    weights = np.clip(np.log(earlier / later) / 2, -_MOST_WEIGHT, _MOST_WEIGHT)
    weights -= share @ weights
    moved = share[:-1] / share[:-1].sum()  # what comes an hour later and is still of the day
    move = float(moved @ weights[1:])
    return weights / move if move > _LEAST_MOVE else None


def _levels(series: Series) -> list[_Made]:
    """Means of a column in several currencies as one: how far they are from their usual ones."""
    made: list[_Made] = []
    rows = series.keys[series.keys["measure"] == "level"]
    for _, group in rows.groupby(["feed", "stream", "source", "field"], sort=True):
        if len(group) < 2:
            continue
        n, total, squares = (part[group.index] for part in (series.n, series.total, series.squares))
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (total / n)[:, :-1]
        known = np.isfinite(means).any(axis=1)
        usual = np.full((len(group), 1), np.nan)
        usual[known, 0] = np.nanmedian(means[known], axis=1)
        off = total - n * usual
        squares = squares - 2 * usual * total + n * usual**2
        key = dict(group.iloc[0]) | {"item": TOGETHER}
        there = np.isfinite(off)
        made.append((key, *_where(
            np.where(there, n, 0).sum(axis=0), np.nansum(off, axis=0),
            np.nansum(np.where(there, squares, np.nan), axis=0),
        )))  # fmt: skip
    return made


def _sources(series: Series) -> list[_Made]:
    """New rows of all streams of a source: what is lost of each shows in their sum."""
    made: list[_Made] = []
    rows = series.keys[(series.keys["measure"] == "volume") & series.keys["feed"].isin(SPLIT)]
    for (_, source), group in rows.groupby(["feed", "source"], sort=True):
        if len(group) < 2:
            continue
        total = series.total[group.index]
        there = np.isfinite(total).any(axis=0)
        empty = np.full(total.shape[1], np.nan)
        key = dict(group.iloc[0]) | {"stream": str(source)}
        made.append((key, empty, np.where(there, np.nansum(total, axis=0), np.nan), empty))
    return made


def _where(n: Floats, total: Floats, squares: Floats) -> tuple[Floats, Floats, Floats]:
    """Numbers of the days that have rows; NaN on the others."""
    there = n > 0
    return (
        np.where(there, n, np.nan), np.where(there, total, np.nan), np.where(there, squares, np.nan)
    )  # fmt: skip


def with_partners(volumes: Series, errors: Floats) -> Series:
    """Each stream's rows beside those of the stream whose surprises have been most like its own.

    A campaign, a snowed-in Tuesday or a forecast that is late for the season moves both; what is
    lost on the way moves one.

    Args:
        volumes: Counts of new rows; streams of the same source are no partners.
        errors: (series, days) errors of their forecasts.
    """
    keys = volumes.keys
    off = np.where(np.isfinite(errors), errors, 0.0)
    size = np.median(np.abs(off), axis=1, keepdims=True) * 1.4826
    clipped = np.clip(off, -3 * size, 3 * size)
    length = np.sqrt((clipped**2).sum(axis=1, keepdims=True))
    alike = (clipped / np.maximum(length, 1e-12)) @ (clipped / np.maximum(length, 1e-12)).T
    source = keys["source"].to_numpy()
    alike[source[:, None] == source[None, :]] = -1.0
    usual = np.nanmedian(np.where(np.isfinite(volumes.total), volumes.total, 0.0), axis=1)
    alike[:, usual < _FEWEST_BESIDE] = -1.0
    partner = alike.argmax(axis=1) if len(keys) else np.zeros(0, dtype=int)
    found = (alike.max(axis=1, initial=-1.0) >= _ALIKE) & (usual >= _FEWEST_BESIDE)
    names = (keys["feed"] + "." + keys["stream"]).to_numpy()
    beside = keys.assign(measure="beside", item=names[partner] if len(keys) else "")
    n = volumes.total[partner]
    together = Series(
        beside, np.full(len(keys), "ratio"), volumes.first, np.where(n > 0, n, np.nan),
        volumes.total, volumes.squares,
    )  # fmt: skip
    return only(together, found)
