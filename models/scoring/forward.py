"""A judged model carried one fold forward: the same recipe on the folds next to today.

Here: learning anew from the training and the calibration fold, and calibrating on the test fold,
once the test is over. Not here: fitting and judging (`fitting`), whose numbers stay on the card:
they are the recipe's, told by a fold that it had not seen.

What is used tonight would else have learnt nothing of the last two horizons: half a year for churn,
and a rise of the rate in the calibration fold (an outage) would sit in every probability.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from models.scoring.calibrate import fit_calibrator
from models.scoring.dataset import Dataset, Encoder
from models.scoring.drift import learn_baseline
from models.scoring.model import FoldData, Model
from models.scoring.settings import ScoringSettings
from models.scoring.splits import customer_share
from models.scoring.train import fit, raw_scores


def carry_forward(model: Model, data: FoldData, settings: ScoringSettings) -> Model:
    """Return the model as it is used tonight; the folds must follow one another in time.

    The trees are grown anew only where the training fold is small: see
    `ScoringSettings.refit_minority`.
    """
    positives = int(data.train.outcome.sum())
    is_refit = min(positives, len(data.train) - positives) < settings.refit_minority
    classifier, encoder = model.classifier, model.encoder
    if is_refit:
        rows = joined(data.train, thinned(data.calibrate, data.train))
        encoder = Encoder.learn(rows)
        classifier = fit(encoder.matrix(rows), rows.outcome, rows.customer_id, settings)
    raw = raw_scores(classifier, encoder.matrix(data.test))
    calibrators, offers = {}, dict(model.card["offers"])
    for offer in model.calibrators:
        on = data.test.offer_id == offer
        calibrator = fit_calibrator(raw[on], data.test.outcome[on], settings.isotonic_minority)
        calibrators[offer] = calibrator
        offers[offer] = offers[offer] | {
            "calibration": calibrator.kind,
            "score_baseline": asdict(learn_baseline(calibrator.apply(raw[on]))),
        }
    card: dict[str, Any] = model.card | {
        "offers": offers,
        "n_iterations": int(classifier.n_iter_),
        "levels": {name: list(levels) for name, levels in encoder.levels.items()},
        "carried_forward": {"is_refit": is_refit},
    }
    return replace(
        model, classifier=classifier, encoder=encoder, calibrators=calibrators, card=card
    )


def joined(first: Dataset, second: Dataset) -> Dataset:
    """Return the rows of both, in order; they have the same features."""
    return Dataset(
        np.concatenate([first.customer_id, second.customer_id]),
        np.concatenate([first.as_of_on, second.as_of_on]),
        np.concatenate([first.offer_id, second.offer_id]),
        np.concatenate([first.outcome, second.outcome]),
        first.features,
        pd.concat([first.frame, second.frame], ignore_index=True),
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
