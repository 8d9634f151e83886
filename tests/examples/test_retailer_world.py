"""The simulated world: nothing of a week depends on later weeks, and what is planted is there."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from examples.retailer.places import DAY, Clocks
from examples.retailer.plan import day_number, make_plan
from examples.retailer.scenario import Scenario
from examples.retailer.world.membership import OFF
from examples.retailer.world.notes import Notes
from examples.retailer.world.simulate import simulate
from examples.retailer.world.state import Tables, World


@pytest.fixture(scope="module")
def world() -> tuple[World, Notes]:
    return simulate(make_plan(4000, 400, 11, date(2026, 6, 30)), Scenario(), lambda _: None)


@pytest.fixture(scope="module")
def longer() -> World:
    plan = make_plan(4000, 400, 11, date(2026, 8, 4))
    return simulate(plan, Scenario(), lambda _: None)[0]


def test_more_weeks_add_rows_and_change_none(world: tuple[World, Notes], longer: World) -> None:
    short = world[0].tables
    assert short.names() == longer.tables.names()
    for name in short.names():
        rows, more = short.whole(name), longer.tables.whole(name)
        for column in rows:
            np.testing.assert_array_equal(rows[column], more[column][: len(rows[column])], name)
    for name in world[0].people:
        before = world[0].people[name]
        np.testing.assert_array_equal(before, longer.people[name][: len(before)], name)


def test_nothing_of_a_week_lies_before_it(world: tuple[World, Notes], longer: World) -> None:
    """Else a day's file would grow when the next week is simulated."""
    first_of_next = world[0].plan.first_day + 7 * world[0].plan.n_weeks
    people = (
        "orders",
        "event",
        "contact",
        "case_event",
        "mail",
        "ask",
        "offer",
        "lines",
        "renewal",
    )
    for name in (*people, "beacon", "ping", "push", "post", "review", "door"):
        start = world[0].tables.count(name)
        later = longer.tables.whole(name)["t"][start:]
        assert len(later), name
        assert longer.clocks.business_day(later).min() >= first_of_next, name


def test_nobody_acts_before_coming(world: tuple[World, Notes]) -> None:
    come = world[0].people["registered_day"]
    for name in ("orders", "contact", "mail", "beacon", "ping", "push", "post", "review"):
        rows = world[0].tables.whole(name)
        known = rows["person"] >= 0
        day = world[0].clocks.business_day(rows["t"])
        assert (day[known] >= come[rows["person"][known]]).all(), name


def test_the_planted_risk_of_leaving_is_worth_its_auc(world: tuple[World, Notes]) -> None:
    rows = world[1].table("moments")
    member = rows["is_member"] & (rows["day"] <= world[0].plan.until_day - 90)
    periods, ends = world[0].tables.whole("period"), world[0].tables.whole("period_end")
    lost = ends["reason"] != 3
    person, day = periods["person"][ends["period"][lost]], ends["end_day"][lost]
    left = np.zeros(len(member), dtype=bool)
    for who, when in zip(person, day, strict=True):
        left |= (rows["person"] == who) & (rows["day"] <= when) & (when < rows["day"] + 90)
    auc = roc_auc_score(left[member], rows["probability"][member])
    assert 0.75 <= auc <= 0.85
    assert rows["probability"][member].mean() == pytest.approx(left[member].mean(), abs=0.025)


def test_the_risk_of_an_annual_plan_is_that_of_the_weeks_in_which_it_can_be_left(
    world: tuple[World, Notes],
) -> None:
    """It is left in the last 35 days of a year and ends with it: what is left of them counts."""
    rows, periods = world[1].table("moments"), world[0].tables.whole("period")
    once = np.bincount(periods["person"])[periods["person"]] == 1
    annual = np.flatnonzero((periods["plan"] == 2) & once)
    start = dict(zip(periods["person"][annual], periods["start_day"][annual], strict=True))
    of = np.array([p in start for p in rows["person"]]) & rows["is_member"]
    of &= ~rows["has_decided"]
    began = np.array([start[p] for p in rows["person"][of]])
    due = 365 - (rows["day"][of] - began) % 365
    chance = rows["probability"][of]
    assert chance[due >= 90 + 35].max() == 0
    whole = chance[(due >= 40) & (due <= 85)].mean()
    assert whole > 0.1
    assert 0.3 * whole < chance[(due >= 12) & (due <= 22)].mean() < 0.85 * whole


def test_who_has_given_notice_is_no_member_for_long(world: tuple[World, Notes]) -> None:
    rows, tables = world[1].table("moments"), world[0].tables
    decided = rows["has_decided"] & (rows["day"] <= world[0].plan.until_day - 90)
    assert decided.sum() > 50
    assert (rows["probability"][decided] == 1).all()
    periods, ends = tables.whole("period"), tables.whole("period_end")
    person = periods["person"][ends["period"]]
    told, last = tables.whole("renewal"), world[0].plan.until_day - 40
    off = (told["status"] == OFF) & (told["t"] // DAY <= last)
    for who, day in zip(told["person"][off], told["t"][off] // DAY, strict=True):
        assert any((person == who) & (ends["end_day"] >= day) & (ends["end_day"] <= day + 35))


def test_people_buy_what_they_like(world: tuple[World, Notes]) -> None:
    orders, lines = world[0].tables.whole("orders"), world[0].tables.whole("lines")
    item = (lines["type"] == 0) & (orders["person"][lines["order_no"]] >= 0)
    person = orders["person"][lines["order_no"][item]]
    taste = np.diff(world[0].people["taste"], axis=1, prepend=0)
    chosen = taste[person, lines["product"][item] // 40]
    assert chosen.mean() > 2 / 6  # a sixth if tastes did not matter


def test_answering_depends_on_how_people_feel(world: tuple[World, Notes]) -> None:
    asked = world[0].tables.whole("ask")
    relationship = asked["survey"] == 0
    answered = relationship & (asked["answered_t"] >= 0)
    assert asked["score"][answered].mean() > asked["score"][relationship].mean()
    assert ((asked["score"] >= 0) & (asked["score"] <= 10)).all()


def test_money_is_whole_cents_and_refunds_never_exceed_the_order(
    world: tuple[World, Notes],
) -> None:
    lines = world[0].tables.whole("lines")
    assert lines["amount"].dtype == np.int64
    goods = np.isin(lines["type"], (0, 5))
    left = np.bincount(lines["order_no"][goods], weights=lines["amount"][goods])
    assert left.min() >= 0
    assert (lines["amount"][lines["type"] == 5] < 0).all()


def test_clocks_follow_summer_time() -> None:
    clocks = Clocks.over(day_number(date(2026, 1, 1)), day_number(date(2026, 12, 31)))
    change = day_number(date(2026, 3, 29)) * DAY + 3600  # 01:00 UTC
    assert clocks.offset(0, np.array([change - 1, change])).tolist() == [3600, 7200]
    noon = clocks.instant(
        np.array([0, 1, 2]), np.full(3, day_number(date(2026, 7, 1))), np.full(3, 43_200)
    )
    assert (np.diff(noon) == [3600, -7200]).all()


def test_tables_number_their_rows() -> None:
    tables = Tables()
    assert tables.add("x", {"a": np.array([5, 6])}).tolist() == [0, 1]
    assert tables.add("x", {"a": np.array([7])}).tolist() == [2]
    assert tables.whole("x")["a"].tolist() == [5, 6, 7]
