"""What people decide binds every night from then on, and taken back it leaves nothing behind."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import duckdb
import pytest

from models.identity.exact.decisions import Decision
from models.identity.resolve import resolve
from tests.models.identity.people import Town
from tests.models.identity.test_resolve import Nights, World, key


def must(left: str, right: str) -> Decision:
    return Decision(True, (key("source_customer_id", left),), (key("source_customer_id", right),))


def cannot(left: str, right: str) -> Decision:
    return Decision(False, (key("source_customer_id", left),), (key("source_customer_id", right),))


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def content(nights: Nights) -> dict[str, list[tuple]]:
    """All that is published of identity, but for the log."""
    return {
        "map": nights.rows("identity_map", "*"),
        "bridge": nights.rows("bridge_identity", "*"),
    }


def test_a_must_link_joins_all_of_both_and_says_so(nights):
    world = World().record("a", email="x").record("b", email="x").record("c").record("d")
    nights.run(world)
    summary = nights.run(world, decisions=[must("a", "c")])
    assert nights.person("a") == nights.person("b") == nights.person("c") != nights.person("d")
    assert summary.n_merged == 1
    rules = dict(nights.rows("identity_map", "identity_key, match_rule"))
    assert rules[key("source_customer_id", "c")] == "decision"
    assert rules[key("source_customer_id", "a")] == "email"


def test_a_cannot_link_parts_who_share_an_identifier_which_then_resolves_nobody(nights):
    world = World().record("a", "Ana", email="x").record("b", "Ana", email="x")
    world.row(key("email", "x"), "email", "x")
    nights.run(world)
    assert nights.person("a") == nights.person("b") == nights.customer(key("email", "x"))
    nights.run(world, decisions=[cannot("a", "b")])
    assert nights.person("a") != nights.person("b")
    assert nights.customer(key("email", "x")) is None
    shared = nights.rows("bridge_identity", "is_shared", "identifier_type = 'email'")
    assert shared == [(True,), (True,)]


def test_a_cannot_link_holds_over_chains_of_identifiers_and_decisions(nights):
    world = World().record("a", email="x").record("b", email="x", phone="1")
    world.record("c", phone="1", loyalty_id="q").record("d", loyalty_id="q").record("e")
    nights.run(world)
    assert len({nights.person(name) for name in "abcd"}) == 1
    nights.run(world, decisions=[cannot("a", "e"), must("d", "e")])
    assert nights.person("d") == nights.person("e") != nights.person("a")
    people = {name: nights.person(name) for name in "abcde"}
    assert None not in people.values()
    # what is left of the chain hangs together: the weakest of it gave way
    assert len(set(people.values())) == 2


def test_others_on_the_identifier_follow_whom_they_clearly_agree_with(nights):
    world = World()
    for name, given, born in (
        ("a", "Ana", "1980-01-01"), ("a2", "Ana", "1980-01-01"), ("b", "Anna", None),
        ("x", "Ana", None),
    ):  # fmt: skip
        world.record(name, given, born, "Berg" if name[0] == "a" else None, email="m")
    nights.run(world)
    assert len({nights.person(name) for name in ("a", "a2", "b", "x")}) == 1
    nights.run(world, decisions=[cannot("a", "b")])
    assert nights.person("a") == nights.person("a2") != nights.person("b")
    assert nights.person("x") not in (nights.person("a"), nights.person("b"))


@pytest.mark.parametrize("decision", [must("a", "c"), cannot("a", "b")])
def test_a_decision_that_is_taken_back_leaves_everything_as_it_was(nights, decision):
    world = World().record("a", email="x").record("b", email="x").record("c").record("d", phone="5")
    nights.run(world)
    before = content(nights)
    nights.run(world, decisions=[decision])
    assert content(nights) != before
    nights.run(world)
    assert content(nights) == before
    kinds = [kind for (kind,) in nights.rows("identity_event", "event_type")]
    assert sorted(kinds) == sorted(["created"] * 3 + ["merged", "split"])
    again = nights.run(world, decisions=[decision])
    assert again.n_merged + again.n_split == 1
    nights.run(world)
    assert content(nights) == before


def test_events_of_one_date_are_told_apart(nights):
    world = World().record("a").record("b")
    for decisions in ([], [must("a", "b")], [], [must("a", "b")], []):
        nights.run(world, decisions=decisions)
        nights.night -= dt.timedelta(days=1)
    ids = nights.rows("identity_event", "event_id")
    assert len(ids) == len(set(ids)) == 6


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> tuple[Town, Path, Path]:
    """A town whose people evidence finds, and the state of its first night."""
    made, folder = Town(120, copies=4, wrong=0.1), tmp_path_factory.mktemp("town")
    resolve(made.write(folder / "work.duckdb"), folder, folder, dt.date(2026, 3, 1))
    return made, folder / "work.duckdb", folder


def test_a_cannot_link_parts_what_evidence_has_joined(town, tmp_path):
    made, work, state = town
    customers = made.found(state)
    pairs = [
        (one, other)
        for one, other in itertools.combinations(sorted(customers), 2)
        if customers[one] == customers[other]
    ]
    chosen = pairs[:: len(pairs) // 20]
    decisions = [Decision(False, (one,), (other,)) for one, other in chosen]
    resolve(work, state, tmp_path, dt.date(2026, 3, 2), decisions=decisions)
    found = made.found(tmp_path)
    assert all(found[one] != found[other] for one, other in chosen)
    untouched = set(customers) - {
        key for key in customers if customers[key] in {customers[one] for one, _ in chosen}
    }
    assert {k: found[k] for k in untouched} == {k: customers[k] for k in untouched}
    resolve(work, tmp_path, tmp_path, dt.date(2026, 3, 3))
    assert made.found(tmp_path) == customers


def test_pairs_for_review_are_near_the_threshold_and_hold_no_value(town):
    made, _, state = town
    file = str(state / "review_pair.parquet")
    rows = duckdb.connect().execute(
        "select kind, weight - enough, is_one, left_key, right_key, evidence, n_rows,"
        " left_customer_id = right_customer_id from read_parquet(?) order by kind, place",
        [file],
    ).fetchall()  # fmt: skip
    uncertain = [abs(row[1]) for row in rows if row[0] == "uncertain"]
    assert len(uncertain) > 20 and uncertain == sorted(uncertain) and uncertain[-1] <= 10
    moved = [row[6] for row in rows if row[0] == "consequential"]
    assert moved == sorted(moved, reverse=True)
    assert all(row[2] == row[7] for row in rows)
    words = " ".join(row[5] for row in rows).lower()
    assert "family same +" in words
    assert not any(f" {record[3].lower()} " in words for record in made.records)
