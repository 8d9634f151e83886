"""A judged model carried forward: the same recipe on all that is labelled by tonight.

Here: learning anew from every labelled cut-off, and calibrating on the latest of them, once the
test is over. Not here: fitting and judging (`fitting`), whose numbers stay on the card: they are
the recipe's, told by a fold that it had not seen.

What is used tonight would else have learnt nothing of the last two horizons: half a year for churn,
and a rise of the rate in the calibration fold (an outage) would sit in every probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.scoring.calibrate import fit_calibrator
from models.scoring.dataset import Dataset, Encoder
from models.scoring.drift import feature_baselines, learn_baseline
from models.scoring.model import FoldData, Model
from models.scoring.settings import ScoringSettings
from models.scoring.splits import customer_share
from models.scoring.train import fit, raw_scores

N_PARTS = 3
"""Parts of customers, each scored by trees that have seen the others only."""


def carry_forward(
    model: Model, data: FoldData, tested: NDArray[np.float64], settings: ScoringSettings
) -> Model:
    """Return the model as it is used tonight; the folds must follow one another in time.

    `tested` are the model's raw scores of the calibration fold's rows and of the test fold's.

    The trees are grown anew only where the training fold is small: see
    `ScoringSettings.refit_minority`. They then know the customers of the test fold too, so what
    the calibration is learnt on are scores of trees that have not seen the customer.
    """
    positives = int(data.train.outcome.sum())
    is_refit = min(positives, len(data.train) - positives) < settings.refit_minority
    classifier, encoder = model.classifier, model.encoder
    if is_refit:
        later = [part for part in (data.calibrate, data.recent, data.test) if part is not None]
        rows = joined([data.train, *(thinned(part, data.train) for part in later)])
        encoder = Encoder.learn(rows)
        matrix = encoder.matrix(rows)
        classifier = fit(matrix, rows.outcome, settings)
        latest = data.test
        latest_matrix = encoder.matrix(latest)
        raw = _unseen_scores(rows, matrix, latest, latest_matrix, settings)
        # Levels of text stand in another order now: drift is measured against the same numbers.
        baselines = feature_baselines(rows.features, latest_matrix, len(set(latest.customer_id)))
    else:
        latest = joined([data.calibrate, data.test])
        raw, baselines = tested, model.card["baselines"]
    calibrators, offers = {}, dict(model.card["offers"])
    for offer in model.calibrators:
        on = _calibrating(latest, offer, data.test.as_of_on[0], settings)
        calibrator = fit_calibrator(raw[on], latest.outcome[on], settings.isotonic_minority)
        calibrators[offer] = calibrator
        offers[offer] = offers[offer] | {
            "calibration": calibrator.kind,
            "score_baseline": asdict(learn_baseline(calibrator.apply(raw[on]))),
        }
    card: dict[str, Any] = model.card | {
        "offers": offers,
        "n_iterations": int(classifier.n_iter_),
        "levels": {name: list(levels) for name, levels in encoder.levels.items()},
        "baselines": baselines,
        "carried_forward": {"is_refit": is_refit},
    }
    return replace(
        model, classifier=classifier, encoder=encoder, calibrators=calibrators, card=card
    )


def _calibrating(
    latest: Dataset, offer: str, test_on: np.datetime64, settings: ScoringSettings
) -> NDArray[np.bool_]:
    """Return the rows that an offer is calibrated on: of the test fold, or of both where few."""
    of_offer = latest.offer_id == offer
    on = of_offer & (latest.as_of_on == test_on)
    positives = int(latest.outcome[on].sum())
    is_few = min(positives, int(on.sum()) - positives) < settings.pooled_minority
    return of_offer if is_few else on


def _unseen_scores(
    rows: Dataset,
    matrix: NDArray[np.float64],
    test: Dataset,
    test_matrix: NDArray[np.float64],
    settings: ScoringSettings,
) -> NDArray[np.float64]:
    """Return raw scores of the test rows, each of trees that learnt from other customers."""
    raw = np.zeros(len(test))
    part = np.floor(customer_share(rows.customer_id, "unseen") * N_PARTS)
    test_part = np.floor(customer_share(test.customer_id, "unseen") * N_PARTS)
    for held_out in range(N_PARTS):
        learn, on = part != held_out, test_part == held_out
        trees = fit(matrix[learn], rows.outcome[learn], settings)
        raw[on] = raw_scores(trees, test_matrix[on])
    return raw


def joined(parts: Sequence[Dataset]) -> Dataset:
    """Return the rows of all parts, in order; they have the same features."""
    return Dataset(
        np.concatenate([part.customer_id for part in parts]),
        np.concatenate([part.as_of_on for part in parts]),
        np.concatenate([part.offer_id for part in parts]),
        np.concatenate([part.outcome for part in parts]),
        parts[0].features,
        pd.concat([part.frame for part in parts], ignore_index=True),
    )


def thinned(rows: Dataset, like: Dataset) -> Dataset:
    """Leave out customers without the outcome until its share is that of other rows.

    Training rows of purchases are thinned so; rows that are not would teach another base rate.
    """
    happened = rows.outcome == 1
    share = float(like.outcome.mean())
    wanted = happened.sum() * (1 - share) / max(share, 1e-9)
    kept = wanted / max(int((~happened).sum()), 1)
    return rows.take(happened | (customer_share(rows.customer_id, "forward") < kept))
