"""Since when it is known whose a key is, where it goes back and forth."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from models.identity.exact.decisions import Decision
from tests.models.identity.test_events import EMAIL, ana_and_bruno, record
from tests.models.identity.test_resolve import NIGHT, World, nights

__all__ = ["nights"]


def known_on(nights, identity_key):
    told = dict(nights.rows("identity_map", "identity_key, known_at"))
    return told[identity_key].date()


def test_what_was_nobodys_from_the_first_night_is_known_since_the_night_that_resolves_it(nights):
    world = ana_and_bruno(World().row(EMAIL, "email", "x"))
    nights.run(world)
    assert nights.customer(EMAIL) is None
    alike = World().row(EMAIL, "email", "x")
    for name in ("a", "b"):
        alike.record(name, "Ana", "1980-01-01", "Berg", email="x")
    nights.run(alike)
    assert nights.customer(EMAIL) == nights.person("a") == nights.person("b")
    assert known_on(nights, EMAIL) == NIGHT + dt.timedelta(days=2)
    assert known_on(nights, record("a")) < NIGHT


def test_what_is_new_is_known_since_it_was_seen_first(nights):
    nights.run(World().record("a", "Ana", "1980-01-01", "Berg"))
    world = World().record("a", "Ana", "1980-01-01", "Berg", email="x")
    nights.run(world.row(EMAIL, "email", "x"))
    assert nights.customer(EMAIL) == nights.person("a")
    assert known_on(nights, EMAIL) < NIGHT


def told_as_of(nights, identity_key, moment):
    """Whose a key is said to have been at a moment, by the map and the trail."""
    con = duckdb.connect()
    con.execute(f"create view today as from '{nights.state}/identity_map.parquet'")
    con.execute(f"create view trail as from '{nights.state}/identity_trail.parquet'")
    return con.execute(
        """
        with said as (
            select customer_id, known_at from today where identity_key = $key
            union all
            select customer_id, known_at from trail where identity_key = $key
              and known_at < (select known_at from today where identity_key = $key)
        )
        select customer_id from said where known_at <= $moment order by known_at desc limit 1
        """,
        {"key": identity_key, "moment": moment},
    ).fetchone()[0]


@pytest.mark.parametrize("last", ["y1", "z1"])
def test_merged_parted_and_merged_again_was_itself_in_between(nights, last):
    """The last night's customer is another in the second case, the first one's in the first."""
    world = World().record("x")
    for n in (1, 2, 3):
        world.record(f"y{n}", known_person_id="y").record(f"z{n}", known_person_id="z")
    with_y = [Decision(True, (record("x"),), (record("y1"),))]
    with_last = [Decision(True, (record("x"),), (record(last),))]
    truth = []
    for decisions in ([], [], with_y, with_y, [], [], with_last, with_last):
        nights.run(world, decisions=decisions)
        truth.append(nights.person("x"))
    assert len(set(truth)) == (2 if last == "y1" else 3)
    for n, customer in enumerate(truth):
        end = dt.datetime.combine(NIGHT, dt.time()) + dt.timedelta(days=n + 1)
        assert told_as_of(nights, record("x"), end) == customer, f"night {n + 1}"


def test_an_error_that_is_mended_never_was(nights):
    """Found to be of Y, then by mistake of Z: taking that back restores since when it is of Y."""
    world = World().record("x")
    for n in (1, 2, 3):
        world.record(f"y{n}", known_person_id="y")
    for n in range(1, 6):
        world.record(f"z{n}", known_person_id="z")
    right = [Decision(True, (record("x"),), (record("y1"),))]
    nights.run(world)
    nights.run(world, decisions=right)
    before = nights.rows("identity_map", "*")
    wrong = [*right, Decision(True, (record("x"),), (record("z1"),))]
    nights.run(world, decisions=wrong)
    assert nights.rows("identity_map", "*") != before
    nights.run(world, decisions=right)
    assert nights.rows("identity_map", "*") == before


def test_two_changes_of_one_date_leave_a_trail_in_their_order(nights):
    """Merged and parted on one date, and later merged with another: between it was itself."""
    world = World().record("x")
    for n in (1, 2, 3):
        world.record(f"y{n}", known_person_id="y").record(f"z{n}", known_person_id="z")
    nights.run(world)
    own = nights.person("x")
    nights.run(world, decisions=[Decision(True, (record("x"),), (record("y1"),))])
    nights.night -= dt.timedelta(days=1)
    nights.run(world)
    nights.night += dt.timedelta(days=3)
    nights.run(world, decisions=[Decision(True, (record("x"),), (record("z1"),))])
    assert nights.person("x") != own
    end = dt.datetime.combine(NIGHT, dt.time()) + dt.timedelta(days=3)
    assert told_as_of(nights, record("x"), end) == own
