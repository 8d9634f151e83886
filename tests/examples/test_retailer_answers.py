"""Answers: chances that add up, styles, heaps, a series break; what is planted is there."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from examples.retailer.plan import make_plan
from examples.retailer.scenario import Scenario
from examples.retailer.world import answers
from examples.retailer.world.simulate import simulate
from examples.retailer.world.state import Rows
from examples.retailer.world.surveys import CES, CSAT, ELEVEN, FIVE, NPS, SMS, break_day
from examples.retailer.world.traits import normal, uniform

PEOPLE = np.arange(4000)


@pytest.fixture(scope="module")
def asked() -> Rows:
    plan = make_plan(9000, 400, 21, date(2026, 6, 30))
    world = simulate(plan, Scenario(), lambda _: None)[0]
    return {**world.tables.whole("ask"), "break_day": np.array([break_day(world)])}


@pytest.mark.parametrize("points", [ELEVEN, FIVE])
def test_chances_add_up_with_every_style(points: np.ndarray) -> None:
    mean = np.linspace(-3, 14, len(PEOPLE))
    pmf = answers.chances(mean, 1.0, points)
    heap = uniform(1, "heap", PEOPLE)
    styled = answers.styled(pmf, points, PEOPLE % 3, heap)
    np.testing.assert_allclose(pmf.sum(axis=1), 1)
    np.testing.assert_allclose(styled.sum(axis=1), 1)
    assert styled.min() >= 0
    # On average the noise is none: in the middle of a scale the mean answer is the mean.
    middle = answers.chances(np.full(1, points.mean()), 0.5, points) @ points
    assert middle[0] == pytest.approx(points.mean(), abs=0.06)


def test_scores_are_drawn_by_their_chances() -> None:
    pmf = np.tile([0.1, 0.2, 0.3, 0.4, 0.0], (len(PEOPLE), 1))
    score = answers.drawn(pmf, FIVE, uniform(3, "draw", PEOPLE))
    shares = np.bincount(score, minlength=6)[1:] / len(PEOPLE)
    np.testing.assert_allclose(shares, pmf[0], atol=0.03)
    assert shares[4] == 0


def test_points_of_the_metrics_follow_their_definitions() -> None:
    assert answers.worth(NPS, ELEVEN).tolist() == [-1] * 7 + [0, 0, 1, 1]
    assert answers.worth(CSAT, FIVE).tolist() == [0, 0, 0, 1, 1]
    assert answers.worth(CES, np.arange(1, 8)).tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert answers.worth(CES, FIVE).tolist() == [0, 0, 0, 1, 1]


def test_traits_are_a_persons_own_whoever_else_is_asked() -> None:
    whole = normal(7, "kindness", PEOPLE)
    np.testing.assert_array_equal(whole[50:60], normal(7, "kindness", np.arange(50, 60)))
    assert abs(whole.mean()) < 0.06 and whole.std() == pytest.approx(1, abs=0.05)
    assert abs(np.corrcoef(whole, normal(7, "attribute0", PEOPLE))[0, 1]) < 0.06
    assert abs(np.corrcoef(whole, normal(8, "kindness", PEOPLE))[0, 1]) < 0.06


def test_attributes_explain_a_third_to_a_half_of_the_recommendation(asked: Rows) -> None:
    told = (asked["survey"] == NPS) & (asked["answered_t"] >= 0)
    said = np.column_stack([np.ones(told.sum()), *(asked[f"a{i}"][told] for i in range(4))])
    score = asked["score"][told].astype(float)
    weight, *_ = np.linalg.lstsq(said, score, rcond=None)
    explained = 1 - np.var(score - said @ weight) / np.var(score)
    assert 0.3 <= explained <= 0.5
    # Service, then delivery and value, then the range: as planted.
    assert weight[3] > weight[4] > weight[1] and weight[2] > weight[1] > 0


def test_scores_are_skewed_heaped_and_of_their_country(asked: Rows) -> None:
    score = asked["score"][asked["survey"] == NPS].astype(float)
    assert ((score - score.mean()) ** 3).mean() / score.std() ** 3 < -0.4
    share = np.bincount(score.astype(int), minlength=11) / len(score)
    assert share[8] > share[7] and share[8] > share[9] and share[5] > 2 * share[4]


def test_the_service_surveys_scale_changes_once(asked: Rows) -> None:
    service = asked["survey"] == CES
    old = asked["t"] // 86_400 < asked["break_day"][0] + 1
    assert set(asked["scale"][service & old]) >= {5}
    assert set(asked["scale"][service & ~old]) == {7}
    assert asked["score"][service & (asked["scale"] == 5)].max() == 5


def test_who_is_asked_often_answers_less_and_a_phone_flatters(asked: Rows) -> None:
    purchase = asked["survey"] == CSAT
    by_mode = [asked["score"][purchase & (asked["mode"] == m)].mean() for m in (0, SMS)]
    assert by_mode[1] > by_mode[0]
    order = np.lexsort((asked["t"], asked["person"]))
    person, t = asked["person"][order], asked["t"][order]
    again = np.r_[False, (person[1:] == person[:-1]) & (t[1:] - t[:-1] < 30 * 86_400)]
    tired = asked["chance"][order][again & purchase[order]].mean()
    assert tired < asked["chance"][order][~again & purchase[order]].mean()
