"""Planted effects: offers that help or harm, an outage, agents, the steps of the company."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from examples.retailer.plan import make_plan
from examples.retailer.scenario import Scenario
from examples.retailer.world import agents, outage
from examples.retailer.world.effects import GAIN, LEAVING
from examples.retailer.world.membership import Membership
from examples.retailer.world.simulate import simulate
from examples.retailer.world.state import World
from tests.examples.retailer_kit import make

UNTIL = date(2026, 6, 28)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("effects") / "sample"
    return make(out, until=UNTIL, customers=9000, days=548, seed=31)


@pytest.fixture(scope="module")
def con(sample: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for path in (sample / "truth" / UNTIL.isoformat()).glob("*.parquet"):
        connection.execute(f"create view {path.stem} as from read_parquet('{path}')")
    return connection


def row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[float, ...]:
    found = con.execute(query).fetchone()
    assert found is not None
    return found


def test_offers_help_some_leave_most_and_annoy_a_few(con: duckdb.DuckDBPyConnection) -> None:
    helped, left, annoyed = row(
        con,
        "select avg((effect > 0)::int), avg((effect = 0)::int), avg((effect < 0)::int) from offer",
    )
    assert helped > 0.25 and left > 0.3 and 0.03 < annoyed < 0.25
    gap, planted, n = row(
        con,
        "select avg(has_converted::int) filter (where not is_control)"
        " - avg(has_converted::int) filter (where is_control),"
        " avg(effect), count(*) filter (where is_control) from offer where effect > 0",
    )
    assert gap == pytest.approx(planted, abs=4 * (0.15 / n) ** 0.5)


def test_the_best_list_begins_with_the_best_and_is_not_the_list_of_those_at_risk(
    con: duckdb.DuckDBPyConnection,
) -> None:
    gains = con.execute(
        "select gain from outreach where as_of_on = ? order by rank", [UNTIL]
    ).fetchnumpy()["gain"]
    assert (np.diff(gains) <= 0).all()
    assert gains[0] > 0 > gains[-1]
    # Of a fifth of the people, the best list gains more than those likeliest to leave do.
    best, at_risk = row(
        con,
        "with p as (select o.gain, o.rank, count(*) over () / 5 as n,"
        " row_number() over (order by l.churn_probability desc nulls last, o.person) as risk"
        " from outreach o join latent l using (person, as_of_on) where as_of_on = '2026-06-28')"
        " select sum(gain) filter (where rank <= n), sum(gain) filter (where risk <= n) from p",
    )
    assert best > 1.5 * max(at_risk, 0)


def test_agents_with_hard_cases_look_worse_than_they_are(con: duckdb.DuckDBPyConnection) -> None:
    raw, fair, spread = row(
        con,
        "select corr(skill, expected), corr(skill, at_average_mix),"
        " max(share_hard) - min(share_hard) from agent where n_asked >= 30",
    )
    assert spread > 0.3
    assert fair > raw + 0.05


def test_steps_that_work_and_steps_that_do_not(
    con: duckdb.DuckDBPyConnection, sample: Path
) -> None:
    planted = dict(con.execute("select action_id, effect from effect").fetchall())
    assert planted["ACT-PARCEL"] > 0.5
    assert planted["ACT-SCRIPT"] == planted["ACT-COACH"] == 0
    with (sample / "raw/experience/actions.csv").open(encoding="utf-8") as file:
        (coached,) = [r for r in csv.DictReader(file) if r["action"] == "ACT-COACH"]
    chosen = coached["scope"].removeprefix("agent_id=").split("|")
    started = date.fromisoformat(coached["started"])
    answers = [
        (r["agent"], (float(r["score"]) - 1) / (float(r["scale"]) - 1), r["answered_at"][:10])
        for path in sorted((sample / "raw/surveys").glob("transactional_*.csv"))
        for r in csv.DictReader(path.open(encoding="utf-8"))
        if r["metric"] == "CES" and r["agent"] in chosen and r["answered_at"][:2] == "20"
    ]
    before = [s for _, s, on in answers if 0 < (started - date.fromisoformat(on)).days <= 90]
    after = [s for _, s, on in answers if 0 <= (date.fromisoformat(on) - started).days < 180]
    # They were chosen for their bad luck: without any effect they "improve".
    assert np.mean(after) > np.mean(before) + 0.05


def test_the_outage_drives_members_off() -> None:
    def run(effect: float) -> World:
        scenario = Scenario.model_validate({"effects": {"outage": effect, "incident": 0}})
        return simulate(make_plan(6000, 400, 8, date(2026, 6, 28)), scenario, lambda _: None)[0]

    with_it, without = run(1.5), run(0.0)
    first = outage.outage_day(with_it)
    left = []
    for world in (with_it, without):
        ends = world.tables.whole("period_end")
        day = ends["end_day"]
        left.append(int(((ends["reason"] != 3) & (day >= first) & (day < first + 56)).sum()))
        before = int(((ends["reason"] != 3) & (day < first - 7)).sum())
    assert left[0] > 1.2 * left[1] > 0
    assert before > 0


def test_hard_cases_go_to_senior_agents_evenly_among_them() -> None:
    rng = np.random.default_rng(4)
    reason = rng.integers(0, 6, 60_000)
    agent = agents.assign(rng, reason, 12)
    hard = agents.is_hard(reason)
    share = np.array([hard[agent == a].mean() for a in range(12)])
    assert share[::3].min() > share[1::3].max() + 0.3
    assert np.bincount(agent, minlength=12).min() > 1000


def test_what_passes_by_itself_is_not_planted_for_the_weeks_ahead() -> None:
    world = World.create(make_plan(2000, 400, 8, UNTIL), Scenario())
    membership = Membership(world)
    membership.step(world)
    plain = [membership.weekly_hazard(world, ahead) for ahead in range(4)]
    counts = np.min(plain, axis=0) > 0
    world.upset[:] = 0.6
    upset = [membership.weekly_hazard(world, ahead) for ahead in range(4)]
    for ahead in range(4):
        risen = np.log(upset[ahead][counts] / plain[ahead][counts])
        assert np.allclose(risen, 0.6 * outage.LASTS**ahead)
    world.upset[:] = 0.0
    world.offer_until[:], world.offer_acts[:] = world.week + 2, GAIN
    offered = [membership.weekly_hazard(world, ahead) for ahead in range(4)]
    for ahead, acts in enumerate((1, 1, 1, 0)):
        risen = np.log(offered[ahead][counts] / plain[ahead][counts])
        assert np.allclose(risen, acts * LEAVING)
