"""A tested model moved on by one fold: it forgets what the calibration fold had of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.scoring.dataset import Dataset, make_dataset
from models.scoring.drift import Baseline, drift
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


def test_drift_is_measured_by_the_numbers_that_the_carried_model_gives_words() -> None:
    """The word that was the safe one while training is the risky one since."""
    _, data = fitted()
    words = data.train.frame["o_word"].map({"a": "b", "b": "a"})
    data = replace(data, train=replace(data.train, frame=data.train.frame.assign(o_word=words)))
    outcome: object = Plain()
    orders = []
    for is_split in (True, False):
        model = fit_outcome(
            data,
            Folds((DAYS[0],), (DAYS[1],), (DAYS[2],), is_split),
            outcome,  # type: ignore[arg-type]
            as_of=date(2025, 10, 1),
            settings=SETTINGS,
        )
        assert isinstance(model, Model)
        orders.append(model.encoder.levels["o_word"])
        place = model.features.index("o_word")
        codes = model.encoder.matrix(data.test)[:, place]
        entry = model.card["baselines"]["o_word"]
        baseline = Baseline(tuple(entry["edges"]), tuple(entry["shares"]), entry["n"])
        assert drift(baseline, codes[codes == 0]).psi > 0.5
        assert drift(baseline, codes).psi == pytest.approx(0, abs=1e-9)
    assert orders == [("a", "b"), ("b", "a")]


def test_tonights_trees_learn_from_the_cutoffs_between_the_folds() -> None:
    """What matters has changed since training: only the rows in between tell."""
    _, data = fitted()
    rng = np.random.default_rng(7)
    today = fold(date(2025, 10, 1), -2.6, 3000, 8)

    def turned(rows: Dataset) -> Dataset:
        x = rows.frame["o_x"].to_numpy()
        outcome = rng.random(len(rows)) < 1 / (1 + np.exp(2.6 + 1.5 * x))
        return replace(rows, outcome=outcome.astype(float))

    folds = Folds((DAYS[0],), (DAYS[1],), (DAYS[2],), False, (date(2025, 6, 1),))
    recent = turned(fold(date(2025, 6, 1), -2.6, 20_000, 9))
    outcome: object = Plain()
    alone, beside = (
        fit_outcome(one, folds, outcome, as_of=date(2025, 10, 1), settings=SETTINGS)  # type: ignore[arg-type]
        for one in (data, replace(data, recent=recent))
    )
    assert isinstance(alone, Model) and isinstance(beside, Model)
    x = today.frame["o_x"]
    rises = [
        np.corrcoef(raw_scores(m.classifier, m.encoder.matrix(today)), x)[0, 1]
        for m in (alone, beside)
    ]
    assert rises[0] > 0.5 and rises[1] < rises[0] - 0.3
    assert alone.version != beside.version


def test_calibration_is_learnt_on_customers_that_the_trees_have_not_seen() -> None:
    """Trees that remember customers would be too sure of them: here there is nothing to learn."""
    rng = np.random.default_rng(11)
    rows = [fold(day, -1.5, 2500, seed) for seed, day in enumerate(DAYS)]
    plain = [replace(r, outcome=(rng.random(len(r)) < 0.2).astype(float)) for r in rows]
    outcome: object = Plain()
    folds = Folds((DAYS[0],), (DAYS[1],), (DAYS[2],), False)
    eager = replace(SETTINGS, min_samples_leaf=5, l2=0.0, learning_rate=0.3)
    model = fit_outcome(
        FoldData(*plain),
        folds,
        outcome,
        as_of=date(2025, 10, 1),
        settings=eager,  # type: ignore[arg-type]
    )
    assert isinstance(model, Model)
    spread = forecast(model, fold(date(2025, 10, 1), -1.5, 3000, 12)).std()
    assert spread < 0.06


def test_a_model_with_plenty_to_learn_from_keeps_its_trees() -> None:
    plenty, _ = fitted(n_train=60_000)
    assert plenty.card["carried_forward"] == {"is_refit": False}
    again, _ = fitted(is_split=True, n_train=60_000)
    rows = fold(date(2025, 10, 1), -2.6, 500, 5)
    np.testing.assert_array_equal(
        raw_scores(plenty.classifier, plenty.encoder.matrix(rows)),
        raw_scores(again.classifier, again.encoder.matrix(rows)),
    )


def test_few_outcomes_are_calibrated_on_both_folds_and_many_on_the_latest() -> None:
    """Twice as many churned in the calibration fold as in the test fold."""
    outcome: object = Plain()
    data = fitted(n_train=60_000)[1]
    folds = Folds((DAYS[0],), (DAYS[1],), (DAYS[2],), False)
    means = []
    for pooled in (0, 10_000):
        wish = replace(SETTINGS, pooled_minority=pooled)
        model = fit_outcome(data, folds, outcome, as_of=date(2025, 10, 1), settings=wish)  # type: ignore[arg-type]
        assert isinstance(model, Model)
        means.append(forecast(model, data.test).mean())
    both = np.concatenate([data.calibrate.outcome, data.test.outcome]).mean()
    assert means[0] == pytest.approx(data.test.outcome.mean(), abs=0.01)
    assert means[1] == pytest.approx(both, abs=0.02) and means[1] > means[0] + 0.03


def test_rows_are_joined_in_order_and_thinned_to_the_same_share() -> None:
    _, data = fitted()
    both = joined([data.train, data.calibrate])
    assert len(both) == len(data.train) + len(data.calibrate)
    assert list(both.customer_id[-3:]) == list(data.calibrate.customer_id[-3:])
    rare = fold(DAYS[0], -4.5, 4000, 6)
    few = thinned(rare, data.calibrate)
    assert few.outcome.sum() == rare.outcome.sum()
    assert few.outcome.mean() == pytest.approx(data.calibrate.outcome.mean(), abs=0.06)
    assert len(thinned(data.calibrate, rare)) == len(data.calibrate)
