"""Who shares an identifier with whom: whole names, other scripts, state numbers, many records.

Worlds of two records or few; what is told apart and what is one is said in each test's table.
"""

# ruff: noqa: RUF001 - letters of other scripts are what is tested
from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from models.identity.records.forms import install_letters
from tests.models.identity.test_resolve import Nights, World

Said = dict[str, Any]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def n_people(nights: Nights, cases: list[list[Said]], kind: str = "", **options: Any) -> list[int]:
    """How many people the records of each case are, all in one night; a case shares one value."""
    world = World()
    for case, records in enumerate(cases):
        for number, said in enumerate(records):
            ids = {k: f"{k}{case}" for k in said if k in ("email", "phone", "national_id")}
            ids |= {kind: f"{kind}{case}"} if kind else {}
            world.record(f"{case}.{number}", **{**said, **ids})
    nights.run(world, **options)
    customer = dict(nights.rows("identity_map", "identity_key, customer_id"))
    return [
        len({customer[f"source_customer_id:{case}.{n}"] for n in range(len(records))})
        for case, records in enumerate(cases)
    ]


def by(kind: str, *records: Said) -> list[Said]:
    return [{**said, kind: "shared"} for said in records]


WHOLE = [
    (by("email", {"full": "Smith, John"}, {"full": "Smith, Mary"}), 2),
    (by("email", {"full": "Smith, John"}, {"full": "Dr John Smith"}), 1),
    (by("email", {"full": "Smith, John"}, {"given": "John", "family": "Smith"}), 1),
    (by("phone", {"full": "John Smith"}, {"full": "John Brown"}), 2),
    (by("email", {"full": "Berg, Ida", "family": "Berg"}, {"given": "Ida"}), 1),
    (by("email", {"full": "Ida"}, {"given": "Ida", "family": "Berg"}), 1),
    (by("email", {"full": "Ida"}, {"full": "Otto"}), 2),
]


def test_whole_names_are_given_and_family_name(nights):
    found = n_people(nights, [records for records, _ in WHOLE])
    assert found == [expected for _, expected in WHOLE]


FAMILY = [
    (by("phone", {"family": "Smith"}, {"family": "Brown"}), 2),
    (by("email", {"family": "Smith"}, {"family": "Brown"}), 2),
    (by("phone", {"family": "Smith"}, {"given": "Ida", "family": "Brown"}), 2),
    (by("phone", {"family": "Smith"}, {"given": "Ida", "family": "Smith"}), 1),
    (by("email", {"given": "Ida", "family": "Smith"}, {"given": "Ida", "family": "Berg"}), 1),
]


ALIKE = [
    (
        by(
            "email",
            {"given": "Marinda", "family": "Smith"},
            {"given": "Marindo", "family": "Brown"},
        ),
        2,
    ),
    (
        by(
            "email",
            {"given": "Marinda", "family": "Smith"},
            {"given": "Marindo", "family": "Smith"},
        ),
        1,
    ),
    (by("email", {"given": "M", "family": "Smith"}, {"given": "Marinda", "family": "Brown"}), 2),
    (by("email", {"given": "Bill", "family": "Smith"}, {"given": "William", "family": "Brown"}), 1),
    (by("email", {"given": "Marindo"}, {"given": "Marinda", "family": "Brown"}), 1),
]


def test_given_names_that_are_merely_alike_are_two_beside_two_family_names(nights):
    found = n_people(nights, [records for records, _ in ALIKE])
    assert found == [expected for _, expected in ALIKE]


def test_family_names_alone_tell_people_apart(nights):
    found = n_people(nights, [records for records, _ in FAMILY])
    assert found == [expected for _, expected in FAMILY]


SCRIPTS = [
    (("明", "王"), ("明华", "王"), 2),  # one letter is a name, and begins another's
    (("伟", "王"), ("伟", "王"), 1),
    (("राम", "शर्मा"), ("रवि", "शर्मा"), 2),
    (("สมชาย", "ใจดี"), ("สมหญิง", "ใจดี"), 2),
    (("민수", "김"), ("민지", "김"), 2),
    (("محمد", "العلي"), ("فاطمة", "العلي"), 2),
    (("محمد", "العلي"), ("مُحَمَّد", "العلي"), 1),
    (("Дмитрий", "Петров"), ("Д", "Петров"), 1),
    (("Μαρία", "Παππά"), ("MARIA", "Pappa"), 1),
    (("ＡＮＮＡ", "Berg"), ("Anna", "Berg"), 1),
]


def test_people_of_any_script_who_share_a_number_are_told_apart(nights):
    cases = [
        [{"given": given, "family": family} for given, family in (one, other)]
        for one, other, _ in SCRIPTS
    ]
    assert n_people(nights, cases, "phone") == [expected for *_, expected in SCRIPTS]


def test_letters_of_any_script_are_compared_one_by_one():
    con = duckdb.connect()
    install_letters(con)
    alike = "select jaro_winkler_similarity(signs(?), signs(?)) >= 0.85"

    def said(one: str, other: str) -> bool:
        row = con.execute(alike, [one, other]).fetchone()
        assert row is not None
        return bool(row[0])

    assert said("Papadopoulos", "Papadopoulou")
    assert said("محمود", "محموود") and not said("สมชาย", "สมหญง") and not said("민수", "민지")
    one = [("i",), ("И",), ("ا",), ("明",), ("김",), ("み",), ("ab",)]
    found = [con.execute("select is_letter(?)", list(word)).fetchone() for word in one]
    assert found == [(True,), (True,), (True,), (False,), (False,), (False,), (False,)]


ANNA = {"given": "Anna", "family": "Berg", "born": "1980-01-02"}
KARL = {"given": "Karl", "family": "Huber", "born": "1956-11-30"}


def test_a_persons_state_number_forgives_slips_and_names_in_each_others_place(nights):
    said = [
        ANNA, {**ANNA, "family": "Huber"}, {**ANNA, "born": "1956-11-30"}, {**ANNA, "given": "Eva"},
        {**ANNA, "given": "Berg", "family": "Anna", "born": None},
    ]  # fmt: skip
    assert n_people(nights, [said], "national_id") == [1]


def test_a_firms_number_is_shared_and_resolves_nobody(nights):
    firm = [ANNA, KARL, {"given": "Ida", "family": "Berg"}, {"given": "Otto", "family": "Berg"}]
    assert n_people(nights, [firm], "national_id") == [4]
    held = nights.rows("bridge_identity", "is_shared", "identifier_type = 'national_id'")
    assert held == [(True,)] * 4
    assert nights.rows("identity_map", "1", "identity_key like 'national_id:%'") == []


OTTO = {"given": "Otto", "family": "Winkler", "born": "1990-11-30"}
HOME = {"street": "Am Markt 5", "city": "Wien"}
TWO_OF_A_NUMBER = [
    ([ANNA, OTTO], 2),
    # one of one address was hardly given a stranger's number
    ([{**ANNA, **HOME}, {**OTTO, **HOME, "street": "Am Marktt 5"}], 1),
    ([{**ANNA, **HOME}, {**OTTO, **HOME, "street": "Ring 7"}], 2),
    ([{**ANNA, **HOME}, {**OTTO, **HOME, "city": "Graz"}], 2),
    ([{**ANNA, "street": "Am Markt 5"}, {**OTTO, "street": "Am Markt 5"}], 2),
    # two of the three: slips, a marriage, a birth date that is wrong or not said
    ([ANNA, {"given": "Otto", "family": "Winkler", "born": ANNA["born"]}], 1),
    ([ANNA, {**ANNA, "given": "Otto", "born": "1990-11-30"}], 1),
    ([ANNA, {"given": "Otto", "family": "Winkler"}], 1),
    # names in each other's place, one of them misspelt
    ([ANNA, {"given": "Bergg", "family": "Eva", "born": "1990-11-30"}], 1),
]


def test_a_state_number_of_two_who_contradict_each_other_in_all_links_neither(nights):
    found = n_people(nights, [records for records, _ in TWO_OF_A_NUMBER], "national_id")
    assert found == [expected for _, expected in TWO_OF_A_NUMBER]


def test_one_person_with_more_records_than_the_cap_stays_one(nights):
    guest = {"given": "Guest", "family": "Customer"}  # no birth date: nobody in particular
    cases = [[ANNA] * 30, [ANNA] * 30 + [KARL], [guest] * 30, [ANNA] * 30 + [{}]]
    assert n_people(nights, cases, "email", identifier_cap=20) == [1, 2, 30, 31]


def test_thousands_of_records_on_one_made_up_number_stay_themselves(nights):
    world = World()
    for number in range(3_000):
        world.record(f"r{number}", f"Name{number % 700}", phone="x")
    assert nights.run(world, identifier_cap=20).n_customers == 3_000


def chained(world: World, n: int, **said: Any) -> World:
    """Records of which each shares a number with the one before and a mailbox with the next."""
    for number in range(n):
        ids = {"phone": f"p{number // 2}", "email": f"m{(number + 1) // 2}"}
        world.record(f"{number:03}", **said, **ids)
        world.row(f"phone:p{number // 2}", "phone", f"p{number // 2}")
    return world


def test_a_chain_of_contacts_makes_no_crowd_one_person(nights):
    assert nights.run(chained(World(), 20)).n_customers == 1
    assert nights.run(chained(World(), 300)).n_customers == 151  # mailboxes alone
    assert nights.customer("phone:p5") is None  # of two people now, as nobody can tell
    sizes = nights.rows("identity_map", "count(*) over (partition by customer_id)")
    assert max(sizes) <= (4,)


def test_a_person_known_by_an_id_is_no_crowd_however_many_records(nights):
    world = chained(World(), 300, **ANNA, known_person_id="anna")
    assert nights.run(world).n_customers == 1
    assert nights.customer("phone:p5") == nights.person("000")
