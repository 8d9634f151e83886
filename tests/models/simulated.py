"""A simulated company whose hazards are known: feature tables with planted truth.

Here: what the tests of scoring learn from. Not here: assertions. Every customer has a drawn rate
of buying and of leaving; features are noisy traces of them, and outcomes are drawn from the
probability that is returned beside the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

AS_OF = date(2024, 12, 31)
CATEGORIES = ("coffee", "garden", "toys")


@dataclass(frozen=True)
class Simulated:
    """Where the tables are, and each row's true churn probability (customer, cut-off)."""

    path: Path
    truth: pd.DataFrame


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def simulate(
    path: Path,
    *,
    n_customers: int = 4_000,
    horizon_days: int = 90,
    offsets: tuple[int, ...] = (0, 90, 180, 270, 300, 330),
    signal: float = 1.0,
    n_noise: int = 3,
    seed: int = 7,
) -> Simulated:
    """Write the feature tables of a company to a directory of Parquet.

    Args:
        path: The directory.
        n_customers: Customers, each in view at each cut-off.
        horizon_days: Churn horizon; younger cut-offs have no label.
        offsets: Days before as-of of the cut-offs.
        signal: 0 makes outcomes independent of all features.
        n_noise: Features that say nothing.
        seed: Seed of all draws.

    Returns:
        The directory and the planted churn probabilities.
    """
    rng = np.random.default_rng(seed)
    path.mkdir(parents=True, exist_ok=True)
    ids = np.array([f"c{i:06d}" for i in range(n_customers)], dtype=object)
    taste = rng.normal(size=(n_customers, len(CATEGORIES)))
    customers, labels, purchases, category_rows = [], [], [], []
    for offset in offsets:
        day = AS_OF - timedelta(days=offset)
        frame, z = _customers(rng, ids, day, n_noise)
        p = _sigmoid(-0.8 + signal * z)
        churned = rng.random(n_customers) < p
        customers.append(frame)
        labels.append(
            pd.DataFrame(
                {
                    "customer_id": ids,
                    "as_of_on": day,
                    "is_churned": pd.array(churned, dtype="boolean"),
                    "probability": p,
                }
            )
        )
        if offset < horizon_days:
            labels[-1]["is_churned"] = pd.array([None] * n_customers, dtype="boolean")
        for k, category in enumerate(CATEGORIES):
            bought_before = rng.random(n_customers) < _sigmoid(taste[:, k])
            chance = _sigmoid(-2.6 + signal * (1.2 * taste[:, k] + 0.5 * bought_before))
            category_rows.append(
                _category_rows(rng, ids, day, category, bought_before, taste[:, k])
            )
            if offset >= 30:
                buys = rng.random(n_customers) < chance
                purchases.append(
                    pd.DataFrame(
                        {
                            "customer_id": ids[buys],
                            "as_of_on": day,
                            "category": category,
                            "has_bought": True,
                        }
                    )
                )
    truth = pd.concat(labels, ignore_index=True)
    _write(path, "ftr_customer_asof", pd.concat(customers, ignore_index=True))
    _write(path, "ftr_churn_label", truth.drop(columns="probability"))
    _write(path, "ftr_purchase_label", pd.concat(purchases, ignore_index=True))
    _write(path, "ftr_customer_category_asof", pd.concat(category_rows, ignore_index=True))
    views = pd.concat(category_rows, ignore_index=True)[["customer_id", "as_of_on", "category"]]
    looked = {"n_view_days_90d": 0, "n_view_days_365d": 1, "days_since_last_view": 200}
    _write(path, "ftr_customer_category_view_asof", views.assign(view_share_365d=0.5, **looked))
    ranks = {"category": list(CATEGORIES), "category_rank": range(1, len(CATEGORIES) + 1)}
    _write(path, "ftr_main_category", pd.DataFrame(ranks))
    return Simulated(path, truth)


def _customers(
    rng: np.random.Generator, ids: np.ndarray, day: date, n_noise: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw one cut-off's features, and the log-odds of churn that they carry."""
    n = len(ids)
    recency = rng.exponential(40, n).round()
    orders = rng.poisson(3, n).astype(float)
    nps = np.where(rng.random(n) < 0.4, rng.integers(0, 11, n), np.nan)
    late = (rng.random(n) < 0.2) * rng.integers(1, 4, n)
    plan = rng.choice(["basic", "plus", None], n, p=[0.5, 0.3, 0.2])
    z = (
        0.012 * (recency - 40)
        - 0.25 * (orders - 3)
        + np.where(np.isnan(nps), 0.0, 0.22 * (6 - np.nan_to_num(nps, nan=6.0)))
        + 0.5 * late * (recency > 30)
        + np.where(plan == "plus", -0.8, 0.0)
    )
    frame = pd.DataFrame(
        {
            "customer_id": ids,
            "as_of_on": day,
            "is_churn_eligible": True,
            "o_days_since_last_order": recency,
            "o_n_orders": 2 * orders,
            "o_n_orders_365d": orders,
            "o_revenue_365d": orders * 20.0,
            "o_plan": plan,
            "x_last_nps": nps,
            "x_n_late_deliveries_365d": late.astype(float),
        }
    )
    for k in range(n_noise):
        frame[f"o_noise_{k}"] = rng.normal(size=n)
    return frame, z


def _category_rows(
    rng: np.random.Generator,
    ids: np.ndarray,
    day: date,
    category: str,
    bought: np.ndarray,
    taste: np.ndarray,
) -> pd.DataFrame:
    n = int(bought.sum())
    orders = 1 + rng.poisson(np.exp(0.5 * taste[bought]))
    return pd.DataFrame(
        {
            "customer_id": ids[bought],
            "as_of_on": day,
            "category": category,
            "n_orders": orders,
            "n_orders_365d": orders,
            "revenue_365d": rng.gamma(2.0, 20.0, n),
            "days_since_last": rng.integers(1, 300, n),
        }
    )


def _write(path: Path, name: str, frame: pd.DataFrame) -> None:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path / f"{name}.parquet")
