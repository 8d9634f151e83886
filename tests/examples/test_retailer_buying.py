"""Buying and leaving as planted: gamma-Poisson, seasons, drop-out, hazards worth their AUC."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from examples.retailer.plan import make_plan
from examples.retailer.scenario import Scenario
from examples.retailer.world.simulate import simulate
from examples.retailer.world.state import World
from tests.examples.retailer_kit import make

UNTIL = date(2026, 6, 28)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(make_plan(9000, 548, 23, UNTIL), Scenario(), lambda _: None)[0]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample up to a day, and on to 90 days later: what the risks came to is then known."""
    out = tmp_path_factory.mktemp("buying") / "sample"
    make(out, until=UNTIL, customers=9000, days=548, seed=24)
    make(out, until=date(2026, 9, 26), customers=9000, days=548, seed=24)
    return out / "truth"


def orders_of_first(world: World) -> np.ndarray:
    """Orders of everybody who was there from the start."""
    orders = world.tables.whole("orders")
    n = world.plan.people_through(0)
    person = orders["person"][(orders["person"] >= 0) & (orders["person"] < n)]
    return np.bincount(person, minlength=n)


def test_people_buy_at_rates_of_their_own(world: World) -> None:
    count = orders_of_first(world)
    # Poisson alone would have variance = mean.
    assert count.var() > 3 * count.mean()
    rate = world.people["order_rate"][: len(count)]
    shape = rate.mean() ** 2 / rate.var()
    assert shape == pytest.approx(Scenario().rates.orders_shape, rel=0.15)


def test_people_drift_away_for_good(world: World) -> None:
    orders = world.tables.whole("orders")
    gone = np.flatnonzero(world.is_gone)
    assert 0.05 < len(gone) / len(world.is_gone) < 0.6
    late = world.clocks.business_day(orders["t"]) > world.plan.until_day - 30
    buyers = orders["person"][late & (orders["person"] >= 0)]
    share = np.isin(buyers, gone).mean()
    assert share < 0.3 * len(gone) / len(world.is_gone)


def test_christmas_and_black_friday_stand_out(world: World) -> None:
    orders = world.tables.whole("orders")
    day = world.clocks.business_day(orders["t"])
    daily = np.bincount(day - day.min())
    first = date(1970, 1, 1).toordinal() + int(day.min())
    friday = date(2025, 11, 28).toordinal() - first
    summer = date(2025, 8, 15).toordinal() - first
    assert daily[friday - 1 : friday + 3].mean() > 1.5 * daily[summer - 14 : summer + 14].mean()


def test_the_hazards_own_auc_is_that_of_a_hard_problem(truth: Path) -> None:
    con = duckdb.connect(":memory:")
    (auc, n) = con.execute(
        "with r as (select has_left, rank() over (order by churn_probability)"
        " + (count(*) over (partition by churn_probability) - 1) / 2.0 as place"
        f" from '{truth}/2026-09-26/latent.parquet' where has_left is not null)"
        " select (sum(place) filter (where has_left) - (count(*) filter (where has_left))"
        " * (count(*) filter (where has_left) + 1) / 2)"
        " / (count(*) filter (where has_left) * count(*) filter (where not has_left)),"
        " count(*) filter (where has_left) from r"
    ).fetchone() or (0, 0)
    assert n > 1000
    assert 0.75 <= auc <= 0.85


def test_the_ledgers_add_up(truth: Path) -> None:
    con = duckdb.connect(":memory:")
    folder = truth / UNTIL.isoformat()
    planted = con.execute(
        f"select kind, sum(n) from '{folder}/fault.parquet' where path is not null group by 1"
    ).fetchall()
    for kind, n in planted:
        (written,) = con.execute(
            f"select sum({kind}) from '{folder}/files.parquet'"
        ).fetchone() or (0,)
        assert n == written > 0
    records, persons = con.execute(
        f"select (select count(*) from '{folder}/identity_event.parquet' where event <> 'move'),"
        f" (select count(*) from '{folder}/person_source.parquet')"
    ).fetchone() or (0, 1)
    assert records == persons


def test_whoever_would_score_at_an_end_answers_more(truth: Path) -> None:
    con = duckdb.connect(":memory:")
    middle, low, high = con.execute(
        "select avg(chance) filter (where score between 4 and 6),"
        " avg(has_answered::int) filter (where score <= 1),"
        " avg(has_answered::int) filter (where score = 10)"
        f" from '{truth}/{UNTIL}/answer.parquet' where survey_id = 'relationship_nps'"
    ).fetchone() or (0, 0, 0)
    assert high > middle
    assert low < high
