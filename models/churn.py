"""Churn: who will stop buying, or end their subscription, within the horizon.

Here: which rows churn learns from, and its recency rule. Not here: who is eligible and what
counts as churned (SQL: `ftr_customer_asof`, `ftr_churn_label`), nor the learning (`scoring`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.scoring.dataset import (
    Dataset,
    FeatureStore,
    dates_sql,
    feature_names,
    make_dataset,
    share_sql,
)
from models.scoring.model import Definition
from models.scoring.settings import ScoringSettings

OUTCOME = "churn"
_NEVER_DAYS = 10_000.0


class Churn:
    """Churn of one definition: contractual, or no purchase within the horizon."""

    noun = "risk"

    def __init__(self, kind: str, horizon_days: int) -> None:
        if kind not in ("contractual", "non_contractual"):
            raise ValueError(f"churn kind must be contractual or non_contractual, not {kind!r}")
        self.definition = Definition(OUTCOME, kind, horizon_days, "churned")

    def features(self, store: FeatureStore) -> tuple[str, ...]:
        """Return the features of its rows, in order."""
        return feature_names(store.columns("ftr_customer_asof"))

    def recency(self, data: Dataset) -> NDArray[np.float64]:
        """Return days since the last order, or the last visit where that is later.

        The rule that everyone knows: the longer ago the last sign of life, the likelier.
        """
        known = [
            data.frame[name].to_numpy(np.float64, na_value=np.nan)
            for name in ("o_days_since_last_order", "o_days_since_last_visit")
            if name in data.frame
        ]
        if not known:
            return np.zeros(len(data))
        days = np.fmin.reduce(known)
        return np.where(np.isnan(days), _NEVER_DAYS, days)

    def max_rows(self, settings: ScoringSettings, fold: str) -> int:
        """Return how many rows a fold may have."""
        return settings.max_training_rows

    def load_labelled(
        self, store: FeatureStore, cutoffs: Sequence[date], *, max_rows: int, is_training: bool
    ) -> Dataset:
        """Return the labelled rows of past cut-offs.

        Over `max_rows`, training leaves out single rows and the other folds whole customers.
        """
        where = f"f.as_of_on in ({dates_sql(cutoffs)}) and l.is_churned is not null"
        join = (
            f"join {store.table('ftr_churn_label')} l"
            " on l.customer_id = f.customer_id and l.as_of_on = f.as_of_on"
        )
        total = store.rows(
            f"select count(*) from {store.table('ftr_customer_asof')} f {join}"
            f" where f.is_churn_eligible and {where}"
        )[0][0]
        if total > max_rows:
            key = "f.customer_id || cast(f.as_of_on as varchar)" if is_training else "f.customer_id"
            where += f" and {share_sql(key)} < {max_rows / total:.9f}"
        sql = self._select(store, where, "cast(l.is_churned as integer)", join)
        return make_dataset(store.frame(sql))

    def load_today(self, store: FeatureStore, as_of: date, offers: Sequence[str]) -> Dataset:
        """Return the customers to score: eligible at as-of, with no outcome yet."""
        where = f"f.as_of_on = date '{as_of.isoformat()}'"
        return make_dataset(store.frame(self._select(store, where, "cast(null as integer)", "")))

    def _select(self, store: FeatureStore, where: str, outcome: str, join: str) -> str:
        columns = ", ".join(f"f.{name}" for name in self.features(store))
        return (
            f"select f.customer_id, f.as_of_on, {outcome} as outcome, {columns}"
            f" from {store.table('ftr_customer_asof')} f {join}"
            f" where f.is_churn_eligible and {where} order by f.as_of_on, f.customer_id"
        )
