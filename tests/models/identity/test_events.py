"""What becomes of ids where keys change hands in ways that are easily forgotten."""

from __future__ import annotations

import datetime as dt

from models.identity.exact.decisions import Decision
from tests.models.identity.test_resolve import NIGHT, World, key, nights

__all__ = ["nights"]

EMAIL = key("email", "x")


def ana_and_bruno(world: World) -> World:
    ana = world.record("a", "Ana", "1980-01-01", "Berg", email="x")
    return ana.record("b", "Bruno", "1970-02-02", "Stein", email="x")


def events(nights):
    found = nights.rows("identity_event", "event_type, customer_id, previous_customer_id, as_of_on")
    return {row[:3] for row in found if row[3] == nights.night - dt.timedelta(days=1)}


def record(name):
    return key("source_customer_id", name)


def test_a_guest_whose_address_turns_out_to_be_of_two_who_are_one_is_merged(nights):
    nights.run(World().row(EMAIL, "email", "x"))
    guest = nights.customer(EMAIL)
    both = Decision(True, (record("a"),), (record("b"),))
    nights.run(ana_and_bruno(World().row(EMAIL, "email", "x")), decisions=[both])
    now = nights.customer(EMAIL)
    assert now == nights.person("a") == nights.person("b") != guest
    assert ("merged", now, guest) in events(nights)


def test_a_customer_made_of_two_others_is_split_from_both(nights):
    def world(of_p, of_q):
        made = World()
        for n in (1, 2):
            made.record(f"p{n}", known_person_id="p").record(f"q{n}", known_person_id="q")
        return made.record("p3", known_person_id=of_p).record("q3", known_person_id=of_q)

    nights.run(world("p", "q"))
    one, other = nights.person("p1"), nights.person("q1")
    nights.run(world("r", "r"))
    new = nights.person("p3")
    assert new == nights.person("q3") not in (one, other)
    assert events(nights) == {("split", new, one), ("split", new, other)}


def test_what_was_somebody_elses_and_then_nobodys_is_known_since_tonight_only(nights):
    def row():
        return World().row(EMAIL, "email", "x")

    nights.run(row().record("a", "Ana", "1980-01-01", "Berg", email="x"))
    nights.run(ana_and_bruno(row()))
    assert nights.customer(EMAIL) is None
    last = row().record("a", "Ana", "1980-01-01", "Berg")
    nights.run(last.record("b", "Bruno", "1970-02-02", "Stein", email="x"))
    assert nights.customer(EMAIL) == nights.person("b")
    known = dict(nights.rows("identity_map", "identity_key, known_at"))
    assert known[EMAIL].date() == NIGHT + dt.timedelta(days=3)
    assert known[record("b")].date() < NIGHT


def test_who_is_kept_apart_from_two_alike_does_not_part_them(nights):
    world = World()
    for name in ("a1", "a2"):
        world.record(name, "Ana", "1980-01-01", "Berg", email="x")
    world.record("b", "Anna", email="x")
    nights.run(world)
    assert nights.person("a1") == nights.person("a2") == nights.person("b")
    apart = [Decision(False, (record(name),), (record("b"),)) for name in ("a1", "a2")]
    nights.run(world, decisions=apart)
    assert nights.person("a1") == nights.person("a2") != nights.person("b")


def test_a_guest_whose_address_others_turn_out_to_share_ends_in_the_log(nights):
    nights.run(World().row(EMAIL, "email", "x"))
    guest = nights.customer(EMAIL)
    shared = ana_and_bruno(World().row(EMAIL, "email", "x"))
    nights.run(shared)
    assert nights.customer(EMAIL) is None
    ended = ("reassigned", None, guest)
    assert ended in events(nights)
    nights.run(shared)
    assert events(nights) == set()
