"""Rows of days out of the long table of numbers: one series a stream, measure, column and value.

Belongs here: filling days on which nothing came, and the scale on which days compare (link). Does
not: counting (numbers) or expecting (expect).

Links: a count as logarithm, a share as arc sine of its root (whose sampling variance is 1/4n
whatever the share; Anscombe 1948), means and moments as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from quality.gates.baselines.expect import BASE_DAYS, Floats
from quality.gates.baselines.names import MEASURES
from quality.gates.baselines.numbers import CONTENT_DAYS, VOLUME_DAYS

#: What a source's first batch tells of its past in the same way as later nights tell of theirs,
#: even where rows change after they first come: their number, and the time of their events.
_GROWN_ALIKE = (
    "volume",
    "hour",
    "last_hour",
    "hours",
    "profile",
    "persons",
    "known",
    "negative",
    "density",
)
_FEW = 3 / 8
_KEYS = ["feed", "stream", "source", "measure", "field", "item"]


@dataclass(frozen=True)
class Series:
    """Numbers of days; arrays of shape (series, days).

    Attributes:
        keys: A row a series: feed, stream, source, measure, field, item.
        kind: (series,) count, share, mean or moment.
        first: Day of the first column.
        n: Rows that a number is of; NaN where the day has none.
        total: Count, numerator or sum.
        squares: Sum of squares, of means.
    """

    keys: pd.DataFrame
    kind: NDArray[np.str_]
    first: date
    n: Floats
    total: Floats
    squares: Floats

    @property
    def value(self) -> Floats:
        """The number as people read it: a count, a share, a mean."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = self.total / self.n
        is_whole = np.isin(self.kind, ("count", "moment"))[:, None]
        return np.where(is_whole, self.total, ratio)


def read_series(
    con: duckdb.DuckDBPyConnection,
    relation: str,
    day: date,
    *,
    growing: Iterable[str] = (),
    only_volume: bool,
) -> Series | None:
    """The series up to a day, of numbers in a relation; None where there is none.

    Args:
        con: Connection that can read the relation.
        relation: Numbers as `numbers.COLUMNS` says.
        day: The last day.
        growing: Sources whose rows change after they first come: an old row of theirs has filled up
            since, so their first batch does not say what new rows look like.
        only_volume: Volumes, with their longer past; else all the others.
    """
    first = day - timedelta(VOLUME_DAYS if only_volume else CONTENT_DAYS)
    alike = ", ".join(f"'{measure}'" for measure in _GROWN_ALIKE)
    con.execute(
        f"create or replace temp table told as select {', '.join(_KEYS)}, day, sum(n) as n,"
        " case when any_value(measure) = 'last_hour' then max(total) else sum(total) end as total,"
        f" sum(squares) as squares from {relation} where day between ? and ?"
        f" and (measure = 'volume') = ?"
        f" and not (is_past and list_contains(?, source) and measure not in ({alike}))"
        f" group by {', '.join(_KEYS)}, day",
        [first, day, only_volume, list(growing)],
    )
    # texts once a series, numbers once a day: a frame of both would cost more than the judging
    keys = con.execute(
        f"select distinct {', '.join(_KEYS)} from told order by {', '.join(_KEYS)}"
    ).df()
    if keys.empty:
        return None
    con.register("series_key", keys.assign(place=np.arange(len(keys))))
    numbers = con.execute(
        "select k.place, cast(t.day as date) as day, coalesce(t.n, 'nan') as n,"
        " coalesce(t.total, 'nan') as total, coalesce(t.squares, 'nan') as squares from told as t"
        f" join series_key as k using ({', '.join(_KEYS)})"
    ).fetchnumpy()
    con.unregister("series_key")
    where = np.asarray(numbers["day"]).astype("datetime64[D]")
    # a first day has a past too, of days that are not known
    first = max(first, min(where.min().astype(date), day - timedelta(BASE_DAYS)))
    n_days = (day - first).days + 1
    row, column = np.asarray(numbers["place"]), (where - np.datetime64(first)).astype(int)
    kind = np.array([MEASURES[measure].kind for measure in keys["measure"]])

    def spread_out(name: str) -> Floats:
        values = np.full((len(keys), n_days), np.nan)
        values[row, column] = np.asarray(numbers[name], dtype=float)
        return values

    whole = Series(keys, kind, first, spread_out("n"), spread_out("total"), spread_out("squares"))
    return _with_nothing(whole)


def _with_nothing(series: Series) -> Series:
    """Days on which nothing came, from a stream's first day on: 0 rows, 0 of a value's share."""
    total, n = series.total.copy(), series.n.copy()
    counts = series.kind == "count"
    came = np.maximum.accumulate(np.isfinite(total), axis=1)
    total[counts] = np.where(came[counts], np.nan_to_num(total[counts]), np.nan)
    mixed = np.array([MEASURES[measure].per_item for measure in series.keys["measure"]])
    if mixed.any():
        group = series.keys.groupby(["feed", "stream", "measure", "field"]).ngroup().to_numpy()
        of_all = np.full((group.max() + 1, n.shape[1]), -np.inf)
        np.fmax.at(of_all, group, np.nan_to_num(n, nan=-np.inf))
        whole = np.where(np.isfinite(of_all), of_all, np.nan)[group]
        n = np.where(mixed[:, None], whole, n)
        total = np.where(mixed[:, None] & np.isfinite(n), np.nan_to_num(total), total)
    return Series(series.keys, series.kind, series.first, n, total, series.squares)


def only(series: Series, chosen: NDArray[np.bool_]) -> Series:
    """Some of the series."""
    return Series(
        series.keys[chosen].reset_index(drop=True), series.kind[chosen], series.first,
        series.n[chosen], series.total[chosen], series.squares[chosen],
    )  # fmt: skip


def linked(series: Series) -> tuple[Floats, Floats, Floats]:
    """Values on the scale on which days compare, their sampling variances, and the rows' own sd.

    Returns:
        (series, days) values and variances; (series,) standard deviation of the single rows of a
        mean, pooled over days, 1 for other kinds.
    """
    kind = series.kind[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        count = np.log(series.total + 0.5)
        ratio = np.log((series.total + 0.5) / (series.n + 0.5))
        # Anscombe's correction: without it none of sixty looks like a share that is far from any
        share = np.arcsin(np.sqrt(np.clip((series.total + _FEW) / (series.n + 2 * _FEW), 0, 1)))
        mean = series.total / series.n
        scatter = np.nansum(series.squares - series.total * mean, axis=1)
        rows = np.nansum(np.where(np.isfinite(series.squares), series.n, 0), axis=1)
        variance = np.maximum(scatter, 0) / np.maximum(rows, 1)
        # a column that never varies may still be rounded otherwise one day
        usual = np.abs(np.nansum(series.total, axis=1) / np.maximum(rows, 1))
        variance = np.maximum(variance, (0.01 * usual) ** 2 + 1e-12)
        own = np.where(series.kind == "mean", np.sqrt(variance), 1.0)
        values = np.select(
            [kind == "count", kind == "ratio", kind == "share", kind == "mean"],
            [count, ratio, share, mean], series.total,
        )  # fmt: skip
        sampling = np.select(
            [kind == "count", kind == "ratio", kind == "share", kind == "mean"],
            [
                1 / (series.total + 0.5),
                1 / (series.total + 0.5) + 1 / (series.n + 0.5),
                1 / (4 * series.n + 2),
                variance[:, None] / series.n,
            ],
            np.zeros_like(series.total),
        )
    return np.where(np.isfinite(values), values, np.nan), np.nan_to_num(sampling), own
