"""The scorecard's arithmetic on cases worked out by hand, and against an independent library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.metrics.cluster import pair_confusion_matrix

from bench.truth.arithmetic import (
    auc,
    auc_gap,
    count_pairs,
    expected_error,
    perfect_band,
    wilson,
)


def test_pairs_by_hand() -> None:
    # Found {1,2,3} {4}; true {1,2} {3,4}: pair 12 is in both, 13 and 23 only found, 34 only true.
    pairs = count_pairs(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    assert (pairs.both, pairs.found, pairs.true) == (1, 3, 2)
    assert (pairs.precision, pairs.recall) == (1 / 3, 1 / 2)
    assert pairs.f1 == pytest.approx(0.4)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=60))
def test_pairs_agree_with_a_library(rows: list[tuple[int, int]]) -> None:
    found, true = (np.array(column) for column in zip(*rows, strict=True))
    pairs = count_pairs(found, true)
    matrix = pair_confusion_matrix(true, found)
    assert 2 * pairs.both == matrix[1, 1]
    assert 2 * pairs.found == matrix[1, 1] + matrix[0, 1]
    assert 2 * pairs.true == matrix[1, 1] + matrix[1, 0]


def test_records_that_are_all_alone_have_no_precision() -> None:
    assert np.isnan(count_pairs(np.arange(3), np.arange(3)).precision)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=80))
def test_auc_agrees_with_a_library_ties_and_all(rows: list[tuple[int, bool]]) -> None:
    score = np.array([float(s) for s, _ in rows])
    outcome = np.array([y for _, y in rows])
    if outcome.all() or not outcome.any():
        assert np.isnan(auc(score, outcome))
    else:
        assert auc(score, outcome) == pytest.approx(roc_auc_score(outcome, score))


def test_the_calibration_error_is_the_mean_gap_of_bins() -> None:
    # Two bins of two: forecasts .1 and .5, none and both with the outcome: (.1 + .1 + .5 + .5) / 4.
    probability, outcome = np.array([0.1, 0.1, 0.5, 0.5]), np.array([0.0, 0, 1, 1])
    assert expected_error(probability, outcome, n_bins=2) == pytest.approx(0.3)


def test_a_perfect_model_lies_within_its_band_and_a_shifted_one_does_not() -> None:
    rng = np.random.default_rng(5)
    probability = rng.beta(2, 12, 3000)
    band = perfect_band(probability, seed=1)
    inside = [
        expected_error(probability, (rng.random(3000) < probability).astype(float)) <= band
        for _ in range(400)
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.035)
    shifted = (rng.random(3000) < np.minimum(probability + 0.06, 1)).astype(float)
    assert expected_error(probability, shifted) > band


def test_the_gap_between_two_scores_is_bracketed_on_the_same_rows() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(size=2000)
    outcome = rng.random(2000) < 1 / (1 + np.exp(2 - truth))
    noisy = truth + rng.normal(size=2000)
    low, high = auc_gap(truth, noisy, outcome, seed=3)
    assert 0 < low < auc(truth, outcome) - auc(noisy, outcome) < high
    assert auc_gap(truth, truth, outcome, seed=3) == (0.0, 0.0)


def test_wilson_of_eighty_in_a_hundred() -> None:
    assert wilson(80, 100) == pytest.approx((0.711, 0.867), abs=5e-4)
    assert np.isnan(wilson(0, 0)[0])
