"""Scores as assets: the estimators' output as Parquet that the published layer reads.

Belongs here: calling the estimators and saying what they found, or why they found nothing. Does
not: features (SQL) or learning (models/).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.common import A_NIGHT_A_RUN, OWNERS, NightResource, counted
from orchestration.assets.door import told_safely
from orchestration.assets.layers import models_of
from orchestration.churn_definition import churn_definition
from orchestration.night import Night

SCORES = {
    "churn_score": "Probability that each customer is lost within the horizon, calibrated.",
    "score_reason": "What speaks for and against each customer's score, in words.",
    "propensity_score": "Probability that each customer buys of a category within 30 days.",
    "model_registry": "Models that were tried, what they reached, and whether they are used.",
    "monitor": "How the scored customers differ from those that the model has seen.",
}


def score_assets(manifest: dict[str, Any], nights: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Make the assets of the scores; they wait for every model of the features layer."""
    features = models_of(manifest, "features")

    @dg.multi_asset(
        name="scores",
        specs=[
            dg.AssetSpec(
                ["scores", name], group_name="scores", owners=OWNERS, kinds={"python"},
                description=description, deps=features,
            )
            for name, description in SCORES.items()
        ],
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
    )  # fmt: skip
    @told_safely
    def scores(
        context: dg.AssetExecutionContext, night: NightResource
    ) -> Iterator[dg.MaterializeResult]:
        tonight = night.of(context)
        summary = score(tonight)
        for name in SCORES:
            yield dg.MaterializeResult(
                asset_key=["scores", name],
                metadata=counted(summary.rows.get(name), outcomes="; ".join(summary.sentences())),
            )

    return scores


def score(night: Night) -> Any:
    """Train where it is due and score the night's customers (a step)."""
    from models.scoring.night import train_and_score

    churn = churn_definition(night)
    with night.step("scores") as step:
        night.scores = train_and_score(
            night.build / "work.duckdb",
            night.build / "scores",
            night.home.root / "state" / "models",
            as_of=night.as_of_date,
            churn_kind=churn.kind,
            horizon_days=churn.horizon_days,
            progress=lambda line: night.say(f"    {line}"),
        )
        step.rows = night.scores.rows.get("churn_score")
        step.notes += night.scores.sentences()
    return night.scores
