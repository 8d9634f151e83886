"""Names that are alike and yet two: of couples, and in scripts that are not Latin."""

from __future__ import annotations

import random
from string import ascii_lowercase

import pytest

from tests.models.identity.test_resolve import World, nights

__all__ = ["nights"]


def couple(one: str, other: str, n_others: int = 40, born: str | None = None) -> World:
    """Two who share an e-mail, among others who have their names."""
    world = World().record("a", one, born, "Berg", email="x")
    world.record("b", other, born, "Berg", email="x")
    rng = random.Random(5)
    for n in range(n_others):
        for given in (one, other):
            family = "".join(rng.choices(ascii_lowercase, k=8)).title()
            world.record(f"{given}{n}", given, f"19{30 + n}-03-04", family, email=f"{given}{n}")
    return world


@pytest.mark.parametrize(("him", "her"), [("Daniel", "Daniela"), ("Stefan", "Stefanie")])
@pytest.mark.parametrize("n_others", [0, 40])
def test_a_couple_of_whom_one_name_begins_the_other_is_two(nights, him, her, n_others):
    nights.run(couple(him, her, n_others))
    assert nights.person("a") != nights.person("b")


def test_a_name_that_is_cut_short_is_still_the_name(nights):
    world = World().record("a", "Maximilian", None, "Berg", email="x")
    nights.run(world.record("b", "Maxim", None, "Berg", email="x"))
    assert nights.person("a") == nights.person("b")


@pytest.mark.parametrize(
    ("family", "one", "other"),
    [
        ("शर्मा", "मीना", "मोना"),  # Meena, Mona: their vowels are marks
        ("শর্মা", "রিনা", "রানি"),
        ("さとう", "たいき", "だいき"),  # Taiki, Daiki
        ("ใจดี", "ปิติ", "ปีติ"),
    ],
)
def test_marks_that_spell_are_no_accents(nights, family, one, other):
    world = World().record("a", one, None, family, email="x")
    nights.run(world.record("b", other, None, family, email="x"))
    assert nights.person("a") != nights.person("b")
    again = World().record("a", one, None, family, email="x")
    nights.run(again.record("c", one, None, family, email="x"))
    assert nights.person("a") == nights.person("c")


@pytest.mark.parametrize(("one", "other"), [("佐藤健一", "佐藤健二"), ("欧阳小明", "欧阳小红")])
def test_a_family_name_written_with_the_given_one_makes_brothers_no_one(nights, one, other):
    world = World().record("a", full=one, email="x", phone="1")
    nights.run(world.record("b", full=other, email="x", phone="1"))
    assert nights.person("a") != nights.person("b")


def two_people() -> World:
    ana = (
        World()
        .record("a", "Ana", "1980-01-01", "Berg", email="x")
        .record("a2", "Ana", "1980-01-01", "Berg", email="x")
    )
    return ana.record("b", "Bruno", "1970-02-02", "Stein", phone="1")


def test_who_says_no_name_and_has_contacts_of_two_people_joins_them_not(nights):
    nights.run(two_people().record("c", email="x", phone="1"))
    ana, bruno, nobody = (nights.person(name) for name in "abc")
    assert len({ana, bruno, nobody}) == 3
    assert nights.person("a2") == ana, "an address stays theirs who say who they are"
    nights.run(two_people().record("c", email="x"))
    assert nights.person("c") == nights.person("a") == ana


@pytest.mark.parametrize("born", [None, "1984-02-27"])
def test_a_family_name_alone_with_contacts_of_two_given_names_joins_them_not(nights, born):
    world = World().record("a", "Clara", None, "Bacher", phone="1")
    world.record("b", "Vera", born, "Bacher", email="x")
    nights.run(world.record("c", None, born, "Bacher", email="x", phone="1"))
    assert nights.person("a") != nights.person("b")


def test_a_title_alone_may_be_a_name_and_a_word_for_nobody_is_none(nights):
    world = World().record("a", "Don", None, "Berg", email="x")
    world.record("b", "Dora", None, "Berg", email="x")
    world.record("c", "Ana", "1980-01-01", "Stein", email="y").record(
        "d", "Guest", None, "NULL", email="y"
    )
    nights.run(world)
    assert nights.person("a") != nights.person("b")
    assert nights.person("c") == nights.person("d")


def test_a_name_of_many_thousand_letters_is_read_in_part(nights):
    long = "abcdefgh" * 40
    world = World()
    for n in range(3):
        world.record(f"r{n}", "Ana", "1980-01-01", long + f"{n}" * 20_000)
    assert nights.run(world).n_records == 3


@pytest.mark.parametrize(
    ("one", "other", "short"),
    [("Christian", "Christine", "Chris"), ("Alexander", "Alexandra", "Alex"),
     ("Samuel", "Samantha", "Sam")],
)  # fmt: skip
@pytest.mark.parametrize("born", [None, "1980-01-01"])
def test_a_short_name_that_could_be_either_of_two_joins_them_not(nights, one, other, short, born):
    nights.run(couple(one, other, born=born))
    two = {nights.person("a"), nights.person("b")}
    assert len(two) == 2
    nights.run(couple(one, other, born=born).record("c", short, born, "Berg", email="x"))
    assert {nights.person("a"), nights.person("b")} == two
    assert nights.person("c") not in two
    only = World().record("a", one, born, "Berg", email="x")
    nights.run(only.record("c", short, born, "Berg", email="x"))
    assert nights.person("a") == nights.person("c")


def test_a_family_name_is_within_another_as_a_word(nights):
    world = World().record("a", "Anna", None, "Li", phone="1")
    nights.run(world.record("b", "Anna", None, "Oliveira", phone="1"))
    assert nights.person("a") != nights.person("b")
    world = World().record("a", "Anna", None, "Li", phone="1")
    nights.run(world.record("b", "Anna", None, "Li-Oliveira", phone="1"))
    assert nights.person("a") == nights.person("b")
