"""What a night says about its models: rows of the registry and of the monitor.

Here: cards and today's rows as tables. Not here: the files (`outputs`), the statistics (`drift`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.scoring.dataset import Dataset
from models.scoring.drift import Baseline, Drift, drift
from models.scoring.evaluate import METRICS
from models.scoring.model import Definition, Model, NotEnough

Floats = NDArray[np.float64]


def _baseline(entry: dict[str, Any]) -> Baseline:
    return Baseline(tuple(entry["edges"]), tuple(entry["shares"]), entry["n"])


def registry_of_nothing(definition: Definition, missing: NotEnough, as_of: date) -> pd.DataFrame:
    """Return the registry's row of an outcome that could not be learnt."""
    return pd.DataFrame(
        [
            {
                "outcome": definition.outcome,
                "offer_id": "",
                "definition": definition.kind,
                "horizon_days": definition.horizon_days,
                "as_of_on": as_of,
                "model_version": "",
                "status": "not_enough_data",
                "status_reason": missing.reason,
                "n_scored": 0,
            }
        ]
    )


def registry_rows(model: Model, as_of: date, n_scored: dict[str, int]) -> pd.DataFrame:
    """Return a row for each offer of a model, from its card.

    Args:
        model: The model in force tonight.
        as_of: Tonight's business date.
        n_scored: Published scores by offer.
    """
    card = model.card
    folds, counts = card["folds"], card["counts"]
    common = {
        "outcome": card["outcome"],
        "definition": card["kind"],
        "horizon_days": card["horizon_days"],
        "as_of_on": as_of,
        "model_version": card["model_version"],
        "trained_as_of_on": date.fromisoformat(card["trained_as_of_on"]),
        "n_train": counts["train"]["n"],
        "n_train_positive": counts["train"]["n_positive"],
        "train_from_on": date.fromisoformat(folds["train"][0]),
        "train_to_on": date.fromisoformat(folds["train"][-1]),
        "calibrate_on": date.fromisoformat(folds["calibrate"][-1]),
        "test_on": date.fromisoformat(folds["test"][-1]),
        "n_features": len(card["features"]),
        "model_sha256": card["sha256"],
    }
    return pd.DataFrame(
        [
            common
            | _registry_entry(entry)
            | {"offer_id": offer, "n_scored": n_scored.get(offer, 0)}
            for offer, entry in sorted(card["offers"].items())
        ]
    )


def _registry_entry(entry: dict[str, Any]) -> dict[str, Any]:
    row = {
        "status": entry["status"],
        "status_reason": entry["reason"],
        "n_calibrate": entry["n_calibrate"],
        "n_test": entry["n_test"],
        "n_test_positive": entry["n_test_positive"],
        "base_rate": entry["base_rate"],
    }
    if "metrics" not in entry:
        return row
    for name in METRICS:
        estimate = entry["metrics"][name]
        row[name] = estimate["value"]
        row[f"{name}_lower"] = estimate["ci_lower"]
        row[f"{name}_upper"] = estimate["ci_upper"]
    rivals = entry["rivals"]
    return row | {
        "calibration": entry["calibration"],
        "ece_perfect_p95": entry["ece_perfect_p95"],
        "auc_recency": rivals["auc_recency"],
        "log_loss_base": rivals["log_loss_base"],
        "log_loss_recency": rivals["log_loss_recency"],
        "log_loss_gain_base_lower": rivals["gain_base"]["ci_lower"],
        "log_loss_gain_recency_lower": rivals["gain_recency"]["ci_lower"],
    }


def monitor_rows(
    model: Model, today: Dataset, matrix: Floats, probability: Floats, as_of: date
) -> pd.DataFrame:
    """Return the monitor's rows: test measures, drift of scores and of each feature.

    Args:
        model: The model in force tonight.
        today: Today's rows.
        matrix: Their encoded features.
        probability: Their calibrated forecasts (NaN where an offer has none).
        as_of: Tonight's business date.
    """
    rows = [_test_row(offer, name, one) for offer, name, one in _test_measures(model)]
    if len(today):
        n = len(set(today.customer_id))
        for offer, entry in sorted(model.card["offers"].items()):
            mask = today.offer_id == offer
            if "score_baseline" in entry and mask.any():
                spread = drift(_baseline(entry["score_baseline"]), probability[mask])
                rows.append(_drift_row("psi_score", offer, "", spread))
        for position, name in enumerate(model.features):
            baseline = _baseline(model.card["baselines"][name])
            spread = drift(baseline, matrix[:, position], n)
            rows.append(_drift_row("psi_feature", "", name, spread))
    frame = pd.DataFrame(rows)
    frame["as_of_on"] = as_of
    frame["outcome"] = model.card["outcome"]
    frame["model_version"] = model.version
    return frame


def _test_measures(model: Model) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (offer, name, entry["metrics"][name])
        for offer, entry in sorted(model.card["offers"].items())
        if "metrics" in entry
        for name in METRICS
    ]


def _test_row(offer: str, name: str, estimate: dict[str, Any]) -> dict[str, Any]:
    return {
        "offer_id": offer,
        "monitor_name": f"test_{name}",
        "feature": "",
        "value": estimate["value"],
        "ci_lower": estimate["ci_lower"],
        "ci_upper": estimate["ci_upper"],
        "n_current": estimate["n"],
        "status": "ok",
    }


def _drift_row(name: str, offer: str, feature: str, spread: Drift) -> dict[str, Any]:
    return {
        "offer_id": offer,
        "monitor_name": name,
        "feature": feature,
        "value": spread.psi,
        "watch_limit": spread.watch_limit,
        "act_limit": spread.act_limit,
        "n_baseline": spread.n_baseline,
        "n_current": spread.n_current,
        "status": spread.status,
    }
