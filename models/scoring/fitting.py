"""One outcome from data to a judged model: fit, calibrate per offer, test, decide, move on.

Here: the order of the steps and the card that records them. Not here: the steps themselves, and
where the data comes from (`models/churn.py`, `models/propensity.py`).
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.scoring.baseline import Verdict, fit_rivals, judge
from models.scoring.calibrate import Calibrator, fit_calibrator
from models.scoring.dataset import Encoder
from models.scoring.drift import feature_baselines, learn_baseline
from models.scoring.enough import lack, lack_in_fold
from models.scoring.evaluate import evaluate, perfect_ece
from models.scoring.forward import carry_forward
from models.scoring.model import Definition, FoldData, Model, NotEnough, Outcome
from models.scoring.settings import ScoringSettings
from models.scoring.splits import Folds
from models.scoring.train import fit, raw_scores

Floats = NDArray[np.float64]


def fit_outcome(
    data: FoldData,
    folds: Folds,
    outcome: Outcome,
    *,
    as_of: date,
    settings: ScoringSettings,
) -> Model | NotEnough:
    """Fit, calibrate, test and judge a model.

    Args:
        data: The rows of each fold.
        folds: Their cut-offs.
        outcome: What is forecast, with its recency rule.
        as_of: The night's business date.
        settings: Steering numbers.

    Returns:
        The model with its card (used or not used, for each offer), or what is missing.
    """
    definition = outcome.definition
    if missing := lack(data, definition.event, settings):
        return missing
    train = data.train
    encoder = Encoder.learn(train)
    classifier = fit(encoder.matrix(train), train.outcome, settings)
    test_matrix = encoder.matrix(data.test)
    raw_calibrate = raw_scores(classifier, encoder.matrix(data.calibrate))
    raw_test = raw_scores(classifier, test_matrix)
    calibrators: dict[str, Calibrator] = {}
    offers: dict[str, Any] = {}
    for offer in sorted(set(data.test.offer_id)):
        calibrator, offers[offer] = _judge_offer(
            offer, data, raw_calibrate, raw_test, outcome, settings
        )
        if calibrator:
            calibrators[offer] = calibrator
    card = _card(data, folds, definition, as_of, settings) | {
        "n_iterations": int(classifier.n_iter_),
        "offers": offers,
        "features": list(train.features),
        "levels": {name: list(levels) for name, levels in encoder.levels.items()},
        "baselines": feature_baselines(
            train.features, test_matrix, len(set(data.test.customer_id))
        ),
    }
    model = Model(classifier, encoder, train.features, calibrators, card)
    # Where training and calibration share cut-offs, the history is too short to move on in it.
    if folds.is_split_by_customer:
        return model
    return carry_forward(model, data, np.concatenate([raw_calibrate, raw_test]), settings)


def _judge_offer(
    offer: str,
    data: FoldData,
    raw_calibrate: Floats,
    raw_test: Floats,
    target: Outcome,
    settings: ScoringSettings,
) -> tuple[Calibrator | None, dict[str, Any]]:
    """Calibrate and test one offer; without enough data there is no calibrator."""
    at, on = data.calibrate.offer_id == offer, data.test.offer_id == offer
    past, outcome = data.calibrate.outcome[at], data.test.outcome[on]
    event = target.definition.event
    missing = lack_in_fold(past, "calibrate", event, settings) or lack_in_fold(
        outcome, "test", event, settings
    )
    counts = {
        "n_calibrate": len(past),
        "n_test": len(outcome),
        "n_test_positive": int(outcome.sum()),
        "base_rate": float(outcome.mean()),
    }
    if missing:
        return None, {"status": "not_enough_data", "reason": missing.reason, **counts}
    calibrator = fit_calibrator(raw_calibrate[at], past, settings.isotonic_minority)
    recent = target.recency(data.test)[on]
    rivals = fit_rivals(target.recency(data.calibrate)[at], past, settings.isotonic_minority)
    probability = calibrator.apply(raw_test[on])
    verdict = judge(probability, rivals, recent, outcome, settings)
    return calibrator, counts | _tested(calibrator, probability, outcome, verdict, settings)


def _tested(
    calibrator: Calibrator,
    probability: Floats,
    outcome: Floats,
    verdict: Verdict,
    settings: ScoringSettings,
) -> dict[str, Any]:
    """Return the card's entry of a tested offer: verdict, measures, spread of scores."""
    metrics = evaluate(
        probability,
        outcome,
        n_bootstrap=settings.n_bootstrap,
        seed=settings.seed,
        max_rows=settings.max_bootstrap_rows,
    )
    return {
        "status": "used" if verdict.is_used else "not_used",
        "reason": verdict.reason,
        "calibration": calibrator.kind,
        "metrics": {name: asdict(one) for name, one in metrics.items()},
        "ece_perfect_p95": perfect_ece(
            probability, n_draws=settings.n_bootstrap, seed=settings.seed
        ),
        "rivals": {
            "auc_recency": verdict.auc_recency,
            "log_loss_base": verdict.log_loss_base,
            "log_loss_recency": verdict.log_loss_recency,
            "gain_base": asdict(verdict.gain_base),
            "gain_recency": asdict(verdict.gain_recency),
        },
        "score_baseline": asdict(learn_baseline(probability)),
    }


def _card(
    data: FoldData, folds: Folds, definition: Definition, as_of: date, settings: ScoringSettings
) -> dict[str, Any]:
    fingerprint = definition.fingerprint(settings)
    rows = [data.train, data.calibrate, data.test, *([data.recent] if data.recent else [])]
    parts = (*(part.digest() for part in rows), fingerprint)
    digest = hashlib.sha256("|".join(parts).encode()).hexdigest()
    return {
        "outcome": definition.outcome,
        "kind": definition.kind,
        "horizon_days": definition.horizon_days,
        "model_version": f"{definition.outcome}-{as_of:%Y%m%d}-{digest[:10]}",
        "trained_as_of_on": as_of.isoformat(),
        "fingerprint": fingerprint,
        "data_sha256": digest,
        "folds": {
            "train": [day.isoformat() for day in folds.train],
            "calibrate": [day.isoformat() for day in folds.calibrate],
            "test": [day.isoformat() for day in folds.test],
            "recent": [day.isoformat() for day in folds.recent],
            "is_split_by_customer": folds.is_split_by_customer,
        },
        "counts": {
            name: {"n": len(part), "n_positive": int(np.nansum(part.outcome))}
            for name, part in (
                ("train", data.train),
                ("calibrate", data.calibrate),
                ("test", data.test),
            )
        },
        "settings": asdict(settings),
    }
