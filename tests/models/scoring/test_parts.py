"""Drift, deciles, bands, encoding and words: each on cases worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.scoring.dataset import Encoder, make_dataset
from models.scoring.drift import Baseline, drift, learn_baseline
from models.scoring.outputs import deciles, risk_bands, write_table
from models.scoring.settings import ScoringSettings
from models.scoring.train import fit, raw_scores
from models.scoring.words import FEATURES, describe


def test_psi_by_hand() -> None:
    baseline = Baseline((0.0,), (0.5, 0.5, 0.0), 100_000)
    values = np.array([-1.0] * 30_000 + [1.0] * 70_000)
    found = drift(baseline, values)
    expected = (0.3 - 0.5) * np.log(0.3 / 0.5) + (0.7 - 0.5) * np.log(0.7 / 0.5)
    assert found.psi == pytest.approx(expected, abs=1e-9)
    assert (found.watch_limit, found.act_limit, found.status) == (0.10, 0.25, "watch")


def test_few_customers_raise_no_false_alarm_but_a_real_shift_does() -> None:
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(100):
        baseline = learn_baseline(rng.normal(size=60))
        alarms += drift(baseline, rng.normal(size=60)).status == "act"
    assert alarms <= 1
    baseline = learn_baseline(rng.normal(size=500))
    assert drift(baseline, rng.normal(1.0, 1.0, size=500)).status == "act"


def test_values_that_go_missing_are_drift() -> None:
    values = np.random.default_rng(1).normal(size=2_000)
    baseline = learn_baseline(values)
    assert drift(baseline, values).status == "ok"
    gone = np.where(np.arange(2_000) < 1_000, np.nan, values)
    assert drift(baseline, gone).status == "act"


def test_deciles_are_equal_and_ties_go_by_customer() -> None:
    ids = np.array([f"c{i:02d}" for i in range(20)], dtype=object)
    score = np.zeros(20)
    shuffled = np.random.default_rng(1).permutation(20)
    assert deciles(score, ids).tolist() == [1 + i // 2 for i in range(20)]
    again = deciles(score, ids[shuffled])
    assert dict(zip(ids[shuffled], again, strict=True))["c00"] == 1
    assert deciles(np.linspace(0, 1, 20), ids)[19] == 1


def test_bands_are_by_odds_against_the_base_rate() -> None:
    bands = risk_bands(np.array([0.04, 0.05, 0.10, 0.19]), 0.1)
    assert bands.tolist() == ["low", "low", "medium", "high"]
    assert risk_bands(np.array([0.99]), 0.9)[0] == "high"


def test_unknown_levels_and_missing_values_are_missing() -> None:
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "as_of_on": pd.to_datetime(["2024-01-01"] * 3),
            "o_plan": ["plus", "basic", "basic"],
            "x_last_nps": [1.0, None, 3.0],
            "x_empty": [None, None, None],
        }
    )
    data = make_dataset(frame)
    encoder = Encoder.learn(data)
    assert encoder.levels["o_plan"] == ("basic", "plus")
    later = make_dataset(frame.assign(o_plan=["gold", None, "plus"], x_empty=["new", "x", None]))
    expected = [[np.nan, 1.0, np.nan], [np.nan, np.nan, np.nan], [1.0, 3.0, np.nan]]
    np.testing.assert_array_equal(encoder.matrix(later), expected)


def test_levels_stand_in_the_order_of_the_outcome_and_rare_ones_near_the_mean() -> None:
    n = {"basic": 300, "annual": 200, "plus": 300, "trial": 1}
    churned = {"basic": 60, "annual": 10, "plus": 66, "trial": 0}
    plans = [plan for plan, size in n.items() for _ in range(size)]
    outcome = [float(i < churned[plan]) for plan, size in n.items() for i in range(size)]
    frame = pd.DataFrame(
        {
            "customer_id": [str(i) for i in range(len(plans))],
            "as_of_on": pd.to_datetime(["2024-01-01"] * len(plans)),
            "outcome": outcome,
            "o_plan": plans,
        }
    )
    # Nobody on trial has churned, but there is one of them only.
    shuffled = frame.sample(frac=1.0, random_state=3)
    for rows in (frame, shuffled):
        levels = Encoder.learn(make_dataset(rows)).levels
        assert levels["o_plan"] == ("annual", "trial", "basic", "plus")


def test_a_feature_that_nobody_has_says_nothing() -> None:
    random = np.random.default_rng(7)
    told, never = random.normal(size=1000), np.full(1000, np.nan)
    outcome = (told + random.normal(size=1000) > 0).astype(float)
    settings = ScoringSettings(n_iterations=10)
    alone = fit(told[:, None], outcome, settings)
    beside = fit(np.column_stack([told, never]), outcome, settings)
    np.testing.assert_array_equal(
        raw_scores(alone, told[:, None]), raw_scores(beside, np.column_stack([told, never]))
    )


def test_the_digest_knows_every_cell_and_the_order() -> None:
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "as_of_on": pd.to_datetime(["2024-01-01"] * 2),
            "outcome": [0, 1],
            "o_plan": ["plus", None],
            "x_last_nps": [1.0, None],
        }
    )
    digest = make_dataset(frame).digest()
    assert make_dataset(frame.copy()).digest() == digest
    for change in ({"o_plan": ["plus", "x"]}, {"outcome": [1, 1]}, {"customer_id": ["a", "c"]}):
        assert make_dataset(frame.assign(**change)).digest() != digest


def test_every_feature_reads_with_a_value_and_without() -> None:
    for name in FEATURES:
        value = "shoes" if "{}" in FEATURES[name].known else 0.5
        text = describe(name, value)
        assert text and "{" not in text
        assert describe(name, None) == describe(name, float("nan")) == FEATURES[name].missing
    assert describe("o_n_orders_365d", 3.0) == "3 orders in a year"
    assert describe("x_new_thing", 0.123456) == "new thing is 0.123"


def test_a_table_with_unknown_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not know"):
        write_table(tmp_path, "churn_score", [pd.DataFrame({"customer_id": ["a"], "email": ["x"]})])
