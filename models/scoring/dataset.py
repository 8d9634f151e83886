"""Reading as-of features and labels into arrays, and words into numbers.

Here: the store that holds the feature tables, the rows of one outcome, and the ordinal encoder.
Not here: what is read for which outcome (`models/churn.py`, `models/propensity.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class FeatureStore:
    """Read-only access to the feature tables, from a DuckDB file or a directory of Parquet.

    A DuckDB file has them in schema `features`; a directory has one `<table>.parquet` each.
    Open, use, close: nobody else can write the file while this is open.
    """

    def __init__(self, path: Path) -> None:
        self._is_directory = path.is_dir()
        self._path = path
        self._connection = (
            duckdb.connect() if self._is_directory else duckdb.connect(str(path), read_only=True)
        )
        self._connection.execute("set threads = 1")

    def __enter__(self) -> FeatureStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def table(self, name: str) -> str:
        """Return the SQL that names a feature table."""
        if self._is_directory:
            literal = str(self._path / f"{name}.parquet").replace("'", "''")
            return f"read_parquet('{literal}')"
        return f"features.{name}"

    def columns(self, name: str) -> list[str]:
        """Return the column names of a feature table, in order."""
        rows = self._connection.execute(f"describe select * from {self.table(name)}").fetchall()
        return [row[0] for row in rows]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a small query."""
        return self._connection.execute(sql).fetchall()

    def frame(self, sql: str, values: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return the rows of a query as a frame; values of `$name` are passed apart."""
        return self._connection.execute(sql, values or {}).df()


def feature_names(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that are features: experience (x_) and operational (o_)."""
    return tuple(name for name in columns if name.startswith(("x_", "o_")))


def dates_sql(days: Sequence[date]) -> str:
    """Return a SQL list of dates, for `in (...)`."""
    return ", ".join(f"date '{day.isoformat()}'" for day in days)


def share_sql(expression: str) -> str:
    """Return SQL for a stable number in [0, 1) for each value of a text expression (md5)."""
    return f"(('0x' || substr(md5({expression}), 1, 12))::bigint / 281474976710656.0)"


@dataclass(frozen=True)
class Dataset:
    """Rows of one outcome: one a customer, cut-off and (for purchases) category.

    Attributes:
        customer_id, offer_id: Text arrays; offer_id is empty text where the outcome has none.
        as_of_on: Cut-offs, datetime64[D].
        outcome: 1 happened, 0 did not, NaN not known yet.
        features: Names of the feature columns of `frame`, in the model's order.
        frame: The features as read: numbers, text categories and nulls.
    """

    customer_id: NDArray[np.object_]
    as_of_on: NDArray[np.datetime64]
    offer_id: NDArray[np.object_]
    outcome: Floats
    features: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)

    def __len__(self) -> int:
        return len(self.outcome)

    def take(self, mask: NDArray[np.bool_]) -> Dataset:
        """Return the rows where the mask is true."""
        return Dataset(
            self.customer_id[mask],
            self.as_of_on[mask],
            self.offer_id[mask],
            self.outcome[mask],
            self.features,
            self.frame.loc[mask].reset_index(drop=True),
        )

    def digest(self) -> str:
        """Return a digest of all rows: the same data gives the same model version."""
        hashes = pd.util.hash_pandas_object(self.frame, index=False).to_numpy()
        keys = pd.util.hash_pandas_object(
            pd.DataFrame({"c": self.customer_id, "o": self.offer_id, "d": self.as_of_on}),
            index=False,
        ).to_numpy()
        content = hashlib.sha256(hashes.tobytes())
        content.update(keys.tobytes())
        content.update(np.nan_to_num(self.outcome, nan=-1.0).tobytes())
        return content.hexdigest()


def make_dataset(frame: pd.DataFrame) -> Dataset:
    """Return a dataset from a frame with customer_id, as_of_on, features, offer_id, outcome.

    `offer_id` may be absent (no offers) and `outcome` too (nothing known yet).
    """
    size = len(frame)
    offer = frame["offer_id"].to_numpy(object) if "offer_id" in frame else np.full(size, "", object)
    if "outcome" in frame:
        known = frame["outcome"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
        outcome = np.asarray(known, dtype=np.float64)
    else:
        outcome = np.full(size, np.nan)
    names = feature_names(frame.columns)
    return Dataset(
        frame["customer_id"].to_numpy(object),
        frame["as_of_on"].to_numpy("datetime64[D]"),
        offer,
        outcome,
        names,
        frame.loc[:, list(names)].reset_index(drop=True),
    )


PRIOR_ROWS = 30
"""Rows at the mean rate that each level of a text column is given when levels are put in order."""


@dataclass(frozen=True)
class Encoder:
    """Text categories as ordinal numbers, fixed at training.

    Attributes:
        levels: For each text column its known values, the least likely to have the outcome first.
    """

    levels: dict[str, tuple[str, ...]]

    @staticmethod
    def learn(data: Dataset) -> Encoder:
        """Learn the levels from the training rows, in order of how often the outcome happened.

        In that order one cut of a tree tells any likely levels from all others (Fisher 1958); in
        another it takes small trees several. Rare levels are drawn to the mean; ties go by name.
        """
        levels = {}
        base = float(np.mean(data.outcome)) if len(data) else 0.0
        for name in data.features:
            column = data.frame[name]
            if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
                continue
            known = column.notna().to_numpy()
            by_level = pd.Series(data.outcome[known]).groupby(column[known].astype(str).to_numpy())
            rate = (by_level.sum() + PRIOR_ROWS * base) / (by_level.size() + PRIOR_ROWS)
            levels[name] = tuple(
                str(level) for _, level in sorted(zip(rate, rate.index, strict=True))
            )
        return Encoder(levels)

    def matrix(self, data: Dataset) -> Floats:
        """Return the features as float64 (rows, features); unknown levels and nulls are NaN."""
        matrix = np.empty((len(data), len(data.features)), dtype=np.float64)
        for position, name in enumerate(data.features):
            column = data.frame[name]
            if name in self.levels:
                codes = {level: float(code) for code, level in enumerate(self.levels[name])}
                matrix[:, position] = column.map(codes).to_numpy(np.float64, na_value=np.nan)
            elif pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
                matrix[:, position] = column.to_numpy(np.float64, na_value=np.nan)
            else:
                # A column with no value at all while training has no levels and says nothing.
                matrix[:, position] = np.nan
        return matrix
