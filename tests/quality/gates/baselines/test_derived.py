"""Series made of others, on numbers whose answer is known: the clock, pooled levels, partners.

And the two things that limits hang on beside: how noise beyond sampling is told from sampling, and
how a gate's false alarms are shared out.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from quality.gates.baselines import expect
from quality.gates.baselines.derived import (
    TOGETHER,
    hour_weights,
    with_derived,
    with_partners,
)
from quality.gates.baselines.judge import _share_of_alarms
from quality.gates.baselines.series import Series

FIRST, DAYS = date(2025, 1, 1), 60
KEYS = ["feed", "stream", "source", "measure", "field", "item"]


def series(rows: list[tuple[tuple[str, ...], str, np.ndarray, np.ndarray, np.ndarray]]) -> Series:
    """Series of keys, kinds and numbers."""
    return Series(
        pd.DataFrame([key for key, *_ in rows], columns=KEYS),
        np.array([kind for _, kind, *_ in rows]), FIRST,
        *(np.array([row[place] for row in rows], dtype=float) for place in (2, 3, 4)),
    )  # fmt: skip


def hours(rng: np.random.Generator, n: int, shift: float = 0.0) -> np.ndarray:
    """Rows in each hour of a day whose events lie between eight and twenty, later by a shift."""
    at = 8 + 12 * rng.beta(2.6, 1.9, n) + shift
    return np.histogram(at[at < 24], bins=np.arange(25))[0]


@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.0])
def test_the_clock_tells_by_how_many_hours_a_day_has_moved(shift: float) -> None:
    rng = np.random.default_rng(3)
    weights = hour_weights(hours(rng, 40_000).astype(float))
    assert weights is not None
    moved = [weights @ day / day.sum() for day in (hours(rng, 500, shift) for _ in range(400))]
    assert np.mean(moved) == pytest.approx(shift, abs=0.35)
    # in units of a day's noise it sees more than the mean hour does
    means = [
        np.average(np.arange(24), weights=day)
        for day in (hours(rng, 500, shift) for _ in range(400))
    ]
    if shift:
        assert abs(shift) / np.std(means) < abs(np.mean(moved)) / np.std(moved)


def test_a_flat_day_has_no_clock() -> None:
    assert hour_weights(np.full(24, 1000.0)) is None
    assert hour_weights(np.zeros(24)) is None


def test_hours_become_one_clock_and_are_no_gate_themselves() -> None:
    rng = np.random.default_rng(4)
    days = np.array([hours(rng, 300, 1.0 if day == DAYS - 1 else 0) for day in range(DAYS)]).T
    rows = [
        (("interactions", "web", "web", "profile", "", str(hour)), "share", days.sum(axis=0),
         days[hour], np.full(DAYS, np.nan))
        for hour in range(24)
    ]  # fmt: skip
    found = with_derived(series(rows))
    assert found.keys["measure"].tolist() == ["clock"] and found.kind.tolist() == ["mean"]
    clock = found.value[0]
    assert np.abs(clock[:-1]).max() < 0.7 < clock[-1]
    assert found.n[0].tolist() == days.sum(axis=0).tolist()


def test_currencies_fall_together_where_each_falls_a_little() -> None:
    n = np.full(DAYS, 100.0)
    rows = []
    for item, usual in (("EUR", 3.0), ("PLN", 4.5)):
        mean = np.full(DAYS, usual)
        mean[-1] -= 0.2
        key = ("transactions", "lines", "lines", "level", "amount", item)
        rows.append((key, "mean", n, n * mean, n * (mean**2 + 0.64)))
    found = with_derived(series(rows))
    pooled = found.keys["item"].eq(TOGETHER).to_numpy()
    assert found.value[pooled][0] == pytest.approx([0.0] * (DAYS - 1) + [-0.2])
    # rows vary about their own currency's mean, not about that of all
    assert found.squares[pooled][0] / 200 == pytest.approx([0.64] * (DAYS - 1) + [0.68])
    alone = series(rows[:1])
    assert with_derived(alone).keys["item"].tolist() == ["EUR"]


def test_streams_of_a_source_are_counted_together_too() -> None:
    nothing = np.full(DAYS, np.nan)
    rows = [
        (("survey_responses", f"answers/{survey}", "answers", "volume", "", ""), "count", nothing,
         np.full(DAYS, many), nothing)
        for survey, many in (("nps", 40.0), ("csat", 30.0))
    ]  # fmt: skip
    found = with_derived(series(rows))
    whole = found.keys["stream"].eq("answers").to_numpy()
    assert found.total[whole][0].tolist() == [70.0] * DAYS


def test_the_partner_is_the_stream_with_the_same_surprises() -> None:
    rng = np.random.default_rng(6)
    mood, own = rng.normal(0, 0.2, (2, DAYS))
    errors = np.array([mood, mood + rng.normal(0, 0.05, DAYS), own])
    nothing = np.full(DAYS, np.nan)
    rows = [
        ((feed, source, source, "volume", "", ""), "count", nothing, np.full(DAYS, 100.0), nothing)
        for feed, source in (("interactions", "web"), ("orders", "shop"), ("measurements", "x"))
    ]
    found = with_partners(series(rows), errors)
    pairs = dict(zip(found.keys["stream"], found.keys["item"], strict=True))
    assert pairs == {"web": "orders.shop", "shop": "interactions.web"}
    assert set(found.kind) == {"ratio"} and found.value[0] == pytest.approx(1.0)
    few = series([(key, kind, n, total / 10, sq) for key, kind, n, total, sq in rows])
    assert not len(with_partners(few, errors).keys)


def test_noise_beyond_sampling_is_found_where_days_differ_in_rows() -> None:
    rng = np.random.default_rng(7)
    sampling = np.where(np.arange(180) % 7 == 6, 0.3, 0.05) ** 2 * np.ones((200, 1))
    for true in (0.0, 0.1):
        errors = rng.normal(0, np.sqrt(true**2 + sampling))
        found = expect._spread(errors, sampling)
        assert np.median(found) == pytest.approx(true, abs=0.03)


def test_a_short_memory_is_taken_where_it_has_been_better() -> None:
    rng = np.random.default_rng(8)
    steady = rng.normal(0, 0.01, 180)
    moving = steady + np.where((np.arange(180) >= 90) & (np.arange(180) < 120), -0.3, 0.0)
    errors, forecast = expect._errors(np.array([steady, moving]), has_trend=False)
    assert np.isfinite(forecast).all()
    assert np.nanquantile(np.abs(errors[1]), 0.9) < 0.05
    assert np.nanquantile(np.abs(errors[0]), 0.97) < 0.04


def test_a_gates_false_alarms_are_shared_among_its_values() -> None:
    keys = pd.DataFrame(
        [("f", "s", "s", "volume", "", "")] + [("f", "s", "s", "mix", "c", i) for i in "abc"],
        columns=KEYS,
    )
    judged = np.array([True, True, True, False])
    assert _share_of_alarms(keys, judged)[:3].tolist() == [1.0, 0.5, 0.5]


def test_rows_that_come_in_clusters_are_noisier_on_days_of_few() -> None:
    rng = np.random.default_rng(9)
    few = np.arange(181) % 7 == 6
    sampling = np.where(few, 0.2, 0.05) ** 2 * np.ones((100, 1))
    floor = np.full(100, 0.001)
    clustered = rng.normal(0, np.sqrt(3 * sampling[:, :-1]))
    may = np.ones(100, dtype=bool)
    beyond = expect._beyond_sampling(clustered, sampling, floor, may)
    assert np.median(beyond[:, few]) == pytest.approx(np.sqrt(2) * 0.2, rel=0.2)
    moody = rng.normal(0, np.sqrt(0.1**2 + sampling[:, :-1]))
    beyond = expect._beyond_sampling(moody, sampling, floor, may)
    assert np.median(beyond[:, few]) == pytest.approx(0.1, rel=0.2)
