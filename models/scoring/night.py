"""One night's scoring: use or train a model for each outcome, score today, write the files.

Here: `train_and_score`, the only door for whoever runs the night, and the cut-offs that the
night's features need. Not here: Dagster, dbt, gates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.churn import Churn
from models.propensity import Purchase
from models.scoring import outputs, report
from models.scoring.cutoffs import choose_cutoffs
from models.scoring.dataset import Dataset, FeatureStore
from models.scoring.model import Model, NotEnough, Outcome
from models.scoring.obtain import Progress, obtain_model, reusable
from models.scoring.reasons import top_reasons
from models.scoring.settings import ScoringSettings
from models.scoring.summary import OutcomeSummary, ScoreSummary, summaries, summary_of_nothing
from models.scoring.train import raw_scores

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Scored:
    """One outcome's night: its model (if any), today's rows and their forecasts."""

    model: Model | NotEnough
    is_reused: bool
    today: Dataset | None
    matrix: Floats
    probability: Floats


def cutoffs_for_night(
    state_dir: Path,
    first_on: date,
    as_of: date,
    *,
    churn_kind: str,
    horizon_days: int,
    retrain: bool = False,
    settings: ScoringSettings | None = None,
) -> list[date]:
    """Return the cut-offs whose features tonight needs, oldest first, as-of last.

    A night that can use its stored models needs features at as-of only; that keeps it cheap. All
    others get the cut-offs of `choose_cutoffs`.
    """
    settings = settings or ScoringSettings()
    targets: list[Outcome] = [Churn(churn_kind, horizon_days), Purchase()]
    if not retrain and all(reusable(state_dir, one, as_of, settings) for one in targets):
        return [as_of]
    return choose_cutoffs(first_on, as_of, horizon_days)


def train_and_score(
    features: Path,
    out_dir: Path,
    state_dir: Path,
    *,
    as_of: date,
    churn_kind: str,
    horizon_days: int,
    retrain: bool = False,
    settings: ScoringSettings | None = None,
    progress: Progress | None = None,
) -> ScoreSummary:
    """Score today's customers for churn and for purchases of each main category.

    Args:
        features: DuckDB file with schema `features`, or directory of Parquet with the `ftr_*`
            tables.
        out_dir: Where the five files of scores go; all are always written.
        state_dir: The home's `state/models`.
        as_of: The night's business date.
        churn_kind: contractual or non_contractual.
        horizon_days: Days in which churn is decided.
        retrain: Train anew although a stored model could be used.
        settings: Steering numbers.
        progress: Told in words what is being done.

    Returns:
        What was used, what was not and why, and how many rows were written.

    Raises:
        ModelRefusedError: A stored model was changed since it was written.
    """
    from threadpoolctl import threadpool_limits

    settings = settings or ScoringSettings()
    tell = progress or (lambda _message: None)
    churn, purchase = Churn(churn_kind, horizon_days), Purchase()
    # Threads of BLAS and OpenMP spin on small arrays, and sum in another order.
    with threadpool_limits(limits=1), FeatureStore(features) as tables:
        scored = {
            target.definition.outcome: _score_outcome(
                tables, target, state_dir, as_of, retrain, settings, tell
            )
            for target in (churn, purchase)
        }
    tell("reasons for the churn scores")
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in outputs.SCHEMAS}
    _add_churn(frames, churn, scored["churn"], settings)
    _add_propensity(frames, purchase, scored["purchase"])
    told: list[OutcomeSummary] = []
    for target in (churn, purchase):
        told += _add_report(frames, target, scored[target.definition.outcome], as_of)
    rows = {name: outputs.write_table(out_dir, name, frames[name]) for name in outputs.SCHEMAS}
    return ScoreSummary(tuple(told), rows)


def _score_outcome(
    tables: FeatureStore,
    target: Outcome,
    state_dir: Path,
    as_of: date,
    retrain: bool,
    settings: ScoringSettings,
    tell: Progress,
) -> _Scored:
    """Get a model and forecast today's rows; without a model there is nothing to forecast."""
    model, is_reused = obtain_model(
        tables, target, state_dir, as_of=as_of, retrain=retrain, settings=settings, tell=tell
    )
    if isinstance(model, NotEnough):
        return _Scored(model, is_reused, None, np.zeros((0, 0)), np.zeros(0))
    today = target.load_today(tables, as_of, sorted(model.card["offers"]))
    tell(f"{target.definition.outcome}: scoring {len(today):,} rows")
    matrix = model.encoder.matrix(today)
    probability = model.probability(raw_scores(model.classifier, matrix), today.offer_id)
    return _Scored(model, is_reused, today, matrix, probability)


def _add_churn(
    frames: dict[str, list[pd.DataFrame]], target: Churn, scored: _Scored, settings: ScoringSettings
) -> None:
    """Add churn scores and their reasons, if the model is used."""
    model, today = scored.model, scored.today
    if isinstance(model, NotEnough) or today is None or "" not in model.used_offers():
        return
    base_rate = model.card["offers"][""]["base_rate"]
    frames["churn_score"].append(
        pd.DataFrame(
            {
                "customer_id": today.customer_id,
                "as_of_on": today.as_of_on,
                "outcome": target.definition.outcome,
                "horizon_days": target.definition.horizon_days,
                "model_version": model.version,
                "churn_probability": scored.probability,
                "risk_band": outputs.risk_bands(scored.probability, base_rate),
                "decile": outputs.deciles(scored.probability, today.customer_id),
            }
        )
    )
    rank = np.lexsort((today.customer_id.astype(str), -scored.probability))
    chosen = np.zeros(len(today), dtype=bool)
    chosen[rank[: settings.max_reason_rows]] = True
    reasons = top_reasons(
        model,
        today.take(chosen),
        scored.matrix[chosen],
        n_reasons=settings.n_reasons,
        noun=target.noun,
    )
    frames["score_reason"].append(reasons)


def _add_propensity(
    frames: dict[str, list[pd.DataFrame]], target: Purchase, scored: _Scored
) -> None:
    """Add the purchase scores of each category whose forecasts are used."""
    model, today = scored.model, scored.today
    if isinstance(model, NotEnough) or today is None:
        return
    for offer in model.used_offers():
        mask = today.offer_id == offer
        frames["propensity_score"].append(
            pd.DataFrame(
                {
                    "customer_id": today.customer_id[mask],
                    "as_of_on": today.as_of_on[mask],
                    "offer_id": offer,
                    "propensity_probability": scored.probability[mask],
                    "decile": outputs.deciles(scored.probability[mask], today.customer_id[mask]),
                    "model_version": model.version,
                    "horizon_days": target.definition.horizon_days,
                }
            )
        )


def _add_report(
    frames: dict[str, list[pd.DataFrame]], target: Outcome, scored: _Scored, as_of: date
) -> list[OutcomeSummary]:
    """Add the registry's and the monitor's rows; return the summaries of the outcome."""
    model, today = scored.model, scored.today
    if isinstance(model, NotEnough) or today is None:
        assert isinstance(model, NotEnough)
        frames["model_registry"].append(report.registry_of_nothing(target.definition, model, as_of))
        return [summary_of_nothing(target.definition, model)]
    n_scored = {offer: int((today.offer_id == offer).sum()) for offer in model.used_offers()}
    frames["model_registry"].append(report.registry_rows(model, as_of, n_scored))
    frames["monitor"].append(
        report.monitor_rows(model, today, scored.matrix, scored.probability, as_of)
    )
    return summaries(model, n_scored, scored.is_reused)
