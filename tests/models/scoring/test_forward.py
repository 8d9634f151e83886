"""A tested model moved on by one fold: it forgets what the calibration fold had of its own."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.scoring.dataset import Dataset, make_dataset
from models.scoring.fitting import fit_outcome
from models.scoring.forward import joined, thinned
from models.scoring.model import Definition, FoldData, Model
from models.scoring.settings import ScoringSettings
from models.scoring.splits import Folds
from models.scoring.train import raw_scores

SETTINGS = ScoringSettings(n_bootstrap=20)
DAYS = (date(2025, 1, 1), date(2025, 4, 1), date(2025, 7, 1))


class Plain:
    """An outcome of one number: the more, the likelier."""

    definition = Definition("churn", "contractual", 90, "churned")
    noun = "risk"

    def recency(self, data: Dataset) -> np.ndarray:
        return np.zeros(len(data))


def fold(day: date, base: float, n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    outcome = rng.random(n) < 1 / (1 + np.exp(-(base + 1.5 * x)))
    return make_dataset(
        pd.DataFrame(
            {
                "customer_id": [f"c{i}" for i in range(n)],
                "as_of_on": np.datetime64(day),
                "outcome": outcome.astype(int),
                "o_x": x,
                "o_word": np.where(x > 0, "a", "b"),
            }
        )
    )


def fitted(is_split: bool = False, n_train: int = 2500) -> tuple[Model, FoldData]:
    """An outage in the calibration fold: twice as many churned as before it and after it."""
    data = FoldData(
        fold(DAYS[0], -2.6, n_train, 1), fold(DAYS[1], -1.2, 3000, 2), fold(DAYS[2], -2.6, 3000, 3)
    )
    folds = Folds((DAYS[0],), (DAYS[1],), (DAYS[2],), is_split)
    outcome: object = Plain()
    model = fit_outcome(data, folds, outcome, as_of=date(2025, 10, 1), settings=SETTINGS)  # type: ignore[arg-type]
    assert isinstance(model, Model)
    return model, data


def forecast(model: Model, rows: Dataset) -> np.ndarray:
    return model.probability(
        raw_scores(model.classifier, model.encoder.matrix(rows)), rows.offer_id
    )


def test_the_calibration_folds_own_rate_is_not_tonights() -> None:
    today = fold(date(2025, 10, 1), -2.6, 3000, 4)
    moved, data = fitted()
    left_behind, _ = fitted(is_split=True)
    assert data.calibrate.outcome.mean() > 1.7 * today.outcome.mean()
    assert forecast(moved, today).mean() == pytest.approx(today.outcome.mean(), rel=0.15)
    assert forecast(left_behind, today).mean() > 1.5 * today.outcome.mean()


def test_the_cards_measures_are_those_of_the_tested_model() -> None:
    moved, data = fitted()
    left_behind, _ = fitted(is_split=True)
    assert moved.card["offers"][""]["metrics"] == left_behind.card["offers"][""]["metrics"]
    assert moved.card["carried_forward"] == {"is_refit": True}
    assert "carried_forward" not in left_behind.card
    assert data.test.outcome.mean() == pytest.approx(forecast(moved, data.test).mean(), abs=0.01)


def test_a_model_with_plenty_to_learn_from_keeps_its_trees() -> None:
    plenty, _ = fitted(n_train=60_000)
    assert plenty.card["carried_forward"] == {"is_refit": False}
    again, _ = fitted(is_split=True, n_train=60_000)
    rows = fold(date(2025, 10, 1), -2.6, 500, 5)
    np.testing.assert_array_equal(
        raw_scores(plenty.classifier, plenty.encoder.matrix(rows)),
        raw_scores(again.classifier, again.encoder.matrix(rows)),
    )


def test_rows_are_joined_in_order_and_thinned_to_the_same_share() -> None:
    _, data = fitted()
    both = joined(data.train, data.calibrate)
    assert len(both) == len(data.train) + len(data.calibrate)
    assert list(both.customer_id[-3:]) == list(data.calibrate.customer_id[-3:])
    rare = fold(DAYS[0], -4.5, 4000, 6)
    few = thinned(rare, data.calibrate)
    assert few.outcome.sum() == rare.outcome.sum()
    assert few.outcome.mean() == pytest.approx(data.calibrate.outcome.mean(), abs=0.06)
    assert len(thinned(data.calibrate, rare)) == len(data.calibrate)
