"""Propensity: who will buy from each main category within the next 30 days.

Here: the rows (customer x category), and the recency rule of each category. Not here: which
categories are main ones and who bought what (SQL: `ftr_main_category`, `ftr_purchase_label`).
One model serves all categories, with the category and its own history as features: a category
with few buyers borrows from the others, and is calibrated and judged on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.scoring.cutoffs import PURCHASE_HORIZON_DAYS
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
from models.scoring.words import CATEGORY_FEATURES

OUTCOME = "purchase"
_NEVER_DAYS = 10_000.0

_CATEGORY_SQL = """, m.category as o_category,
  coalesce(k.n_orders, 0) as o_category_n_orders,
  coalesce(k.n_orders_365d, 0) as o_category_n_orders_365d,
  coalesce(k.revenue_365d, 0) as o_category_revenue_365d,
  k.days_since_last as o_category_days_since_last,
  case when f.o_revenue_365d > 0 then coalesce(k.revenue_365d, 0) / f.o_revenue_365d end
    as o_category_share_365d,
  1.0 * coalesce(k.n_orders, 0) / nullif(f.o_n_orders, 0) as o_category_order_share,
  coalesce(v.n_view_days_90d, 0) as o_category_n_view_days_90d,
  coalesce(v.n_view_days_365d, 0) as o_category_n_view_days_365d,
  v.days_since_last_view as o_category_days_since_last_view,
  v.view_share_365d as o_category_view_share_365d"""


class Purchase:
    """A purchase of each main category within 30 days."""

    noun = "chance"

    def __init__(self) -> None:
        self.definition = Definition(OUTCOME, "category", PURCHASE_HORIZON_DAYS, "bought")

    def features(self, store: FeatureStore) -> tuple[str, ...]:
        """Return the features of its rows, in order."""
        return feature_names(store.columns("ftr_customer_asof")) + tuple(CATEGORY_FEATURES)

    def recency(self, data: Dataset) -> NDArray[np.float64]:
        """Return the recency rule: who bought the category lately buys it again.

        Those who never did are ranked behind, by their last order of anything.
        """
        category = data.frame["o_category_days_since_last"].to_numpy(np.float64, na_value=np.nan)
        anything = data.frame["o_days_since_last_order"].to_numpy(np.float64, na_value=np.nan)
        anything = np.where(np.isnan(anything), _NEVER_DAYS, anything)
        return -np.where(np.isnan(category), _NEVER_DAYS + anything, category)

    def max_rows(self, settings: ScoringSettings, fold: str) -> int:
        """Return how many rows a fold may have; the folds that are not thinned need more."""
        return settings.max_purchase_rows if fold == "train" else settings.max_training_rows

    def load_labelled(
        self, store: FeatureStore, cutoffs: Sequence[date], *, max_rows: int, is_training: bool
    ) -> Dataset:
        """Return the rows of past cut-offs whose 30 days have passed.

        Over `max_rows`, training keeps purchases for up to half of the room and thins the rest
        (the calibration fold puts the base rate right); other folds leave out whole customers.
        """
        where = f"f.as_of_on in ({dates_sql(cutoffs)})"
        customers = f"select count(*) from {store.table('ftr_customer_asof')} f where {where}"
        offers = f"select count(*) from {store.table('ftr_main_category')}"
        total = store.rows(customers)[0][0] * store.rows(offers)[0][0]
        if total > max_rows and is_training:
            key = share_sql("f.customer_id || m.category || cast(f.as_of_on as varchar)")
            labels = store.table("ftr_purchase_label")
            bought = store.rows(f"select count(*) from {labels} f where {where}")[0][0]
            kept = min(bought, max_rows // 2)
            positive, rest = kept / max(bought, 1), (max_rows - kept) / max(total - bought, 1)
            where += (
                f" and {key} < case when l.customer_id is not null"
                f" then {positive:.9f} else {rest:.9f} end"
            )
        elif total > max_rows:
            where += f" and {share_sql('f.customer_id')} < {max_rows / total:.9f}"
        join = (
            f"left join {store.table('ftr_purchase_label')} l on l.customer_id = f.customer_id"
            " and l.as_of_on = f.as_of_on and l.category = m.category"
        )
        bought = "case when l.customer_id is null then 0 else 1 end"
        return make_dataset(store.frame(self._select(store, where, bought, join)))

    def load_today(self, store: FeatureStore, as_of: date, offers: Sequence[str]) -> Dataset:
        """Return every customer in view at as-of, times the model's own categories.

        Not the main categories of tonight: a stored model keeps those that it has learnt.
        """
        where = f"f.as_of_on = date '{as_of.isoformat()}'"
        learnt = "(select unnest($offers) as category)"
        sql = self._select(store, where, "cast(null as integer)", "", learnt)
        return make_dataset(store.frame(sql, {"offers": list(offers)}))

    def _select(
        self, store: FeatureStore, where: str, outcome: str, label_join: str, categories: str = ""
    ) -> str:
        categories = categories or store.table("ftr_main_category")
        names = feature_names(store.columns("ftr_customer_asof"))
        columns = ", ".join(f"f.{name}" for name in names)
        return (
            "select f.customer_id, f.as_of_on, m.category as offer_id,"
            f" {outcome} as outcome, {columns}{_CATEGORY_SQL}"
            f" from {store.table('ftr_customer_asof')} f"
            f" cross join {categories} m"
            f" left join {store.table('ftr_customer_category_asof')} k"
            " on k.customer_id = f.customer_id"
            " and k.as_of_on = f.as_of_on and k.category = m.category"
            f" left join {store.table('ftr_customer_category_view_asof')} v"
            " on v.customer_id = f.customer_id"
            " and v.as_of_on = f.as_of_on and v.category = m.category"
            f" {label_join} where {where} order by f.as_of_on, m.category, f.customer_id"
        )
