"""Measures against scikit-learn's, intervals against repeated draws, calibration against truth."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from models.scoring.calibrate import fit_calibrator
from models.scoring.evaluate import evaluate, log_loss_gain, measure, perfect_ece


def draw(n: int, seed: int, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n) * slope - 1
    p = 1 / (1 + np.exp(-z))
    return z, p, (rng.random(n) < p).astype(float)


def test_measures_are_those_of_scikit_learn_with_ties_too() -> None:
    _, p, y = draw(2_000, 1)
    for forecast in (p, np.round(p, 1).clip(0.05, 0.95)):
        ours = measure(forecast, y)
        assert ours["auc"] == pytest.approx(metrics.roc_auc_score(y, forecast), abs=1e-12)
        assert ours["pr_auc"] == pytest.approx(
            metrics.average_precision_score(y, forecast), abs=1e-12
        )
        assert ours["log_loss"] == pytest.approx(metrics.log_loss(y, forecast), abs=1e-12)
        assert ours["brier"] == pytest.approx(metrics.brier_score_loss(y, forecast), abs=1e-12)


def test_lift_is_the_top_tenths_rate_over_the_base_rate() -> None:
    outcome = np.array([1.0] * 8 + [0.0] * 2 + [1.0] * 12 + [0.0] * 78)
    forecast = np.linspace(0.99, 0.01, 100)
    assert measure(forecast, outcome)["lift_top_decile"] == pytest.approx(0.8 / 0.2)


def test_one_outcome_only_has_no_auc() -> None:
    values = measure(np.array([0.2, 0.4, 0.6]), np.zeros(3))
    assert np.isnan(values["auc"]) and np.isnan(values["lift_top_decile"])
    assert values["brier"] == pytest.approx((0.04 + 0.16 + 0.36) / 3)


def test_intervals_cover_about_as_often_as_they_say() -> None:
    _, p, y = draw(200_000, 2)
    truth = measure(p, y)
    inside = {"auc": 0, "log_loss": 0, "brier": 0}
    for seed in range(40):
        _, p, y = draw(800, 100 + seed)
        estimates = evaluate(p, y, n_bootstrap=100, seed=seed)
        for name in inside:
            inside[name] += estimates[name].ci_lower <= truth[name] <= estimates[name].ci_upper
    assert all(33 <= count <= 40 for count in inside.values()), inside


def test_a_perfect_forecast_stays_within_the_band_and_a_shifted_one_does_not() -> None:
    within = 0
    for seed in range(1_000, 1_060):
        z, p, y = draw(3_000, seed)
        band = perfect_ece(p, n_draws=100, seed=1)
        within += measure(p, y)["ece"] <= band
        shifted = 1 / (1 + np.exp(-(z + 0.5)))
        assert measure(shifted, y)["ece"] > perfect_ece(shifted, n_draws=100, seed=1)
    assert within >= 52  # of 60, at a nominal 95 %


def test_gain_over_itself_is_nought_and_over_a_constant_is_positive() -> None:
    _, p, y = draw(3_000, 3)
    assert log_loss_gain(p, p, y, n_bootstrap=50, seed=1).value == 0
    gain = log_loss_gain(p, np.full(len(y), y.mean()), y, n_bootstrap=50, seed=1)
    assert 0 < gain.ci_lower < gain.value < gain.ci_upper


@pytest.mark.parametrize("n", [400, 20_000])
def test_calibration_repairs_scores_on_another_scale(n: int) -> None:
    z, _, y = draw(n, 4)
    calibrator = fit_calibrator(5 * z + 2, y, 300)
    new_z, new_p, _ = draw(5_000, 5)
    assert np.abs(calibrator.apply(5 * new_z + 2) - new_p).mean() < (0.05 if n == 400 else 0.015)


def test_a_bent_score_is_calibrated_by_steps_where_there_is_enough() -> None:
    z, _, y = draw(20_000, 6, slope=1.5)
    bent = np.where(z > 0, z * 10, z * 0.1)
    assert fit_calibrator(bent, y, 300).kind == "isotonic"
    assert fit_calibrator(bent[:500], y[:500], 300).kind == "sigmoid"
    probability = fit_calibrator(bent, y, 300).apply(np.sort(bent))
    assert (np.diff(probability) >= 0).all()


def test_a_score_without_information_gives_the_base_rate() -> None:
    y = np.array([1.0] * 30 + [0.0] * 70)
    assert fit_calibrator(np.zeros(100), y, 10).apply(np.zeros(1))[0] == pytest.approx(
        0.302, abs=0.01
    )
    wrong_way = fit_calibrator(-y, y, 1_000)
    assert np.ptp(wrong_way.apply(-y)) == 0
