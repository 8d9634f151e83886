"""What is learnt of names, in a language that no list knows; and who could be either of two."""

from __future__ import annotations

import itertools
from pathlib import Path

import duckdb
import pytest

from models.identity.arrays.keys import number_keys
from models.identity.exact.hubs import stage_links
from models.identity.exact.sharing import split_hubs
from models.identity.records.forms import install_macros
from models.identity.records.names import learn_names
from models.identity.records.standard import RECORD
from tests.models.identity.test_resolve import Nights, World, key

WOMEN, MEN = ("Zorvina", "Melka", "Ouda"), ("Zorvin", "Pakko", "Brelt")
FAMILIES = ("Tuvvar", "Kelmos", "Ragnath", "Ysbo", "Lumtak", "Fendri", "Quorst", "Habbeq")


def company() -> duckdb.DuckDBPyConnection:
    """Records of a made-up country: every given name with every family name, once."""
    con = duckdb.connect()
    con.execute(f"create table record ({RECORD})")
    rows = [
        (given, family, "female" if given in WOMEN else "male")
        for given, family in itertools.product(WOMEN + MEN, FAMILIES)
    ]
    con.executemany(
        "insert into record (identity_key, given_name, family_name, gender)"
        " values (uuid(), ?, ?, ?)", rows,
    )  # fmt: skip
    return con


def test_names_in_each_others_place_are_put_back_by_what_the_company_calls_a_family_name():
    con = company()
    con.execute("insert into record (identity_key, given_name, family_name) values"
                " ('a', 'KELMOS', 'Pakko'), ('b', 'Kelmos', 'P.'), ('c', 'Pakko', 'Melka'),"
                " ('d', 'Kelmos', 'Ragnath')")  # fmt: skip
    learn_names(con, None)
    told = con.execute("select identity_key, given_name, family_name from record").fetchall()
    names = {name: (given, family) for name, given, family in told if name in "abcd"}
    assert names["a"] == ("Pakko", "KELMOS")
    assert names["b"] == ("Kelmos", "P.")
    # nothing says that Melka is a family name, or Ragnath a given name, where the other is neither
    assert names["c"] == ("Pakko", "Melka")
    assert names["d"] == ("Kelmos", "Ragnath")


def test_signs_that_nobody_sees_part_no_name():
    con = duckdb.connect()
    install_macros(con)
    told = con.execute("select name_words(?)", ["Ma\u200bri\ufeffa An\u00adna"]).fetchone()
    assert told == (["maria", "anna"],)


def test_the_usual_gender_of_a_name_is_what_records_say_and_nothing_where_they_differ():
    con = company()
    con.execute("update record set gender = 'female' where given_name = 'Brelt'"
                " and family_name in ('Tuvvar', 'Ysbo')")  # fmt: skip
    learn_names(con, None)
    usual = dict(con.execute("select word, usual from given_word").fetchall())
    assert (usual["zorvina"], usual["zorvin"], usual["brelt"]) == ("female", "male", None)


def called(con: duckdb.DuckDBPyConnection, one: str, other: str, n: int, *, is_one: bool) -> None:
    """People who share an e-mail, of one birth date or two."""
    for number in range(n):
        family = FAMILIES[number % len(FAMILIES)]
        for at, given in enumerate((one, other)):
            own = f"{one}{other}{number}{at}"
            day = f"19{60 + number}-01-0{1 if is_one else 1 + at * 7}"
            born = day if is_one or not at else f"19{80 + number}-11-28"
            con.execute(
                "insert into record (identity_key, given_name, family_name, birth_date)"
                " values (?, ?, ?, ?)", ["source_customer_id:" + own, given, family, born],
            )  # fmt: skip
            con.execute("insert into link values (?, 'email', ?, false)",
                        ["source_customer_id:" + own, f"email:{one}{other}{number}"])  # fmt: skip


def linked() -> duckdb.DuckDBPyConnection:
    """The company's records, with no link yet."""
    con = company()
    con.execute("create table link (identity_key varchar, identifier_type varchar,"
                " identifier_key varchar, is_placeholder boolean)")  # fmt: skip
    return con


def shared(con: duckdb.DuckDBPyConnection) -> None:
    """Part the people of each e-mail, as a night does."""
    con.execute("create or replace table link as select *, true as is_strong,"
                " hash(identity_key) as identity_h, hash(identifier_key) as identifier_h"
                " from link")  # fmt: skip
    learn_names(con, None)
    stage_links(con, number_keys(con), 10)
    split_hubs(con)


@pytest.mark.parametrize(("apart", "is_alias"), [(0, True), (4, False)])
def test_a_name_said_for_another_is_learnt_where_people_of_one_birth_date_have_both(
    apart, is_alias
):
    con = linked()
    called(con, "Wix", "Melka", 4, is_one=True)
    called(con, "Wix", "Melka", apart, is_one=False)
    shared(con)
    known = dict(con.execute("select sound, known_as from nickname").fetchall())
    assert ("viks" in known and "melka" in known["viks"]) is is_alias


def test_two_names_that_sound_alike_are_two_where_hardly_anybody_is_called_by_both():
    con = linked()
    called(con, "Wix", "Viks", 30, is_one=True)
    con.execute("insert into record (identity_key, given_name, family_name)"
                " select uuid(), unnest(['Tana', 'Thana']), 'Ysbo' from range(90)")  # fmt: skip
    called(con, "Tana", "Thana", 1, is_one=True)
    called(con, "Thana", "Tana", 1, is_one=False)
    shared(con)
    told = {
        key.split(":")[1]: part
        for key, part in con.execute(
            "select l.identity_key, p.identifier_h || '#' || p.part from owner_link o"
            " join hub_part p using (identifier_h, signature_id) join link l using (identity_h)"
        ).fetchall()
    }
    assert told["TanaThana00"] != told["TanaThana01"]
    assert told["WixViks00"] == told["WixViks01"]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def namesakes() -> World:
    """Mother and daughter of one name on one telephone."""
    world = World().record("mother", "Ouda", "1950-01-02", "Ysbo", phone="1", email="m")
    return world.record("child", "Ouda", "1985-11-20", "Ysbo", phone="1")


def test_a_record_that_could_be_either_of_two_is_neither_on_any_contact(nights):
    world = namesakes().record("who", "Ouda", None, "Ysbo", phone="1", email="m")
    world.row(key("email", "m"), "email", "m")
    nights.run(world)
    assert len({nights.person(name) for name in ("mother", "child", "who")}) == 3
    assert nights.customer(key("email", "m")) is None
    held = nights.rows("bridge_identity", "is_shared", "identifier_type = 'email'")
    assert held == [(True,), (True,)]


def test_two_that_could_each_be_either_are_not_one_another(nights):
    world = namesakes().record("who", "Ouda", None, "Ysbo", phone="1", email="w")
    nights.run(world.record("other", "Ouda", None, "Ysbo", phone="1"))
    assert len({nights.person(name) for name in ("mother", "child", "who", "other")}) == 4
    assert nights.customer(key("email", "w")) == nights.person("who")


def test_a_card_says_which_of_two_namesakes_a_record_is(nights):
    world = namesakes().record("who", "Ouda", None, "Ysbo", phone="1", loyalty_id="c")
    nights.run(world.record("card", "Ouda", "1950-01-02", "Ysbo", email="m", loyalty_id="c"))
    assert nights.person("who") == nights.person("card") == nights.person("mother")
    assert nights.person("child") != nights.person("mother")


def test_an_initial_whose_contacts_lead_to_two_birth_dates_is_neither(nights):
    world = World().record("one", "Ouda", "1950-01-02", "Ysbo", email="m")
    world.record("two", "Ouda", "1985-11-20", "Ysbo", phone="1")
    nights.run(world.record("who", "O.", None, "Ysbo", phone="1", email="m"))
    assert len({nights.person(name) for name in ("one", "two", "who")}) == 3


def test_two_names_that_many_have_are_two_however_alike_and_a_rare_one_is_misspelt(nights):
    world = World()
    for n in range(12):
        world.record(f"lena{n}", "Lena", None, f"Ysbo{chr(97 + n)}")
        world.record(f"lea{n}", "Lea", None, f"Fendri{chr(97 + n)}")
    world.record("mother", "Lena", None, "Quorst", phone="1")
    world.record("child", "Lea", None, "Quorst", phone="1")
    world.record("right", "Lena", None, "Habbeq", phone="2")
    world.record("wrong", "Leena", None, "Habbeq", phone="2")
    nights.run(world)
    assert nights.person("mother") != nights.person("child")
    assert nights.person("right") == nights.person("wrong")
