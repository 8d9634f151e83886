"""Two people of one home whom a third record, or a swapped name, would bring together."""

from __future__ import annotations

import datetime as dt
import json

import duckdb
import numpy as np
import pytest

from models.identity.probable.comparisons import COMPARISONS
from models.identity.probable.linking import (
    HOLDS_A_HOME,
    HOLDS_A_NAME,
    HOLDS_TOGETHER,
    holds,
    part,
)
from models.identity.probable.parting import are_sure
from models.identity.probable.scoring import LAST_BORN, LAST_GIVEN, apart_sql, best, names_sql
from models.identity.probable.training import FILE, Model
from models.identity.resolve import resolve
from tests.models.identity.people import FAMILY, GIVEN, Town


def pairs(*told: tuple[int, int, float, bool]) -> tuple[np.ndarray, ...]:
    """Give left ends, right ends, weights and who are apart as arrays."""
    return tuple(np.array(column) for column in zip(*told, strict=True))


def test_a_namesake_without_a_birth_date_chooses_nobody() -> None:
    """Father (0, 1) and son (2) of one name; 3 has no birth date and goes with either."""
    left, right, weight, apart = pairs(
        (0, 1, 12.0, False), (0, 2, -3.0, True), (1, 2, -3.0, True),
        (0, 3, 9.0, False), (1, 3, 9.0, False), (2, 3, 9.0, False),
    )  # fmt: skip
    labels = part(4, left, right, weight, apart=apart)
    assert labels[0] == labels[1]
    assert len({labels[0], labels[2], labels[3]}) == 3
    assert len(set(part(4, left, right, weight))) == 1


def test_one_who_goes_with_one_side_joins_it() -> None:
    """The record without a birth date that goes with the father alone is his."""
    left, right, weight, apart = pairs(
        (0, 1, -3.0, True), (0, 2, 9.0, False), (1, 2, -2.0, False)
    )  # fmt: skip
    labels = part(3, left, right, weight, apart=apart)
    assert labels[0] == labels[2] != labels[1]


def test_genders_keep_nobody_apart_where_no_homes_are_known_or_people_have_many_records() -> None:
    """Then a gender that differs is a slip, and other records outvote it."""
    columns = ["given", "family", "born", "gender"]
    of_homes = Model(columns, 1000, {}, links_per_record=0.5)
    differ, near, genders = apart_sql(of_homes)
    assert f"level_born = {LAST_BORN}" in differ
    assert "level_gender" in genders
    for other in (
        Model(columns, 1000, {}, links_per_record=5.0),
        Model(columns, 1000, {}, has_homes=False),
    ):
        assert apart_sql(other) == (differ, near, "false")
    assert apart_sql(Model(["given", "family"], 1000, {})) == ("false", "false", "false")


class Namesakes(Town):
    """Fathers and sons of one name and home, of whom half of the records say no birth date."""

    def __init__(self, n_families: int, copies: int) -> None:
        super().__init__(0)
        for family in range(n_families):
            name = self.rng.choice(GIVEN), self.rng.choice(FAMILY), self._address()
            father = dt.date(1940, 1, 1) + dt.timedelta(days=self.rng.randint(0, 9000))
            for person, born in enumerate((father, father + dt.timedelta(days=10_950))):
                for _ in range(self.rng.randint(4, copies)):
                    self._record(2 * family + person, *name[:2], born, name[2], 0.1)


def test_two_birth_dates_that_are_said_twice_are_of_two_people(tmp_path) -> None:
    """Where a person has many records one wrong date is outvoted, but a son is not."""
    town = Namesakes(100, copies=12)
    resolve(town.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, dt.date(2026, 3, 1))
    assert json.loads((tmp_path / FILE).read_text())["links_per_record"] > 1
    precision, recall = town.quality(tmp_path)
    assert precision >= 0.95
    assert recall >= 0.5


def test_a_birth_date_that_one_record_says_is_a_slip_where_people_have_many(tmp_path) -> None:
    town = Town(60, copies=12, wrong=0.05)
    wrong = [(*told[:4], dt.date(1901, 1, 1) + dt.timedelta(days=53 * at), *told[5:])
             if at % 10 == 0 else told for at, told in enumerate(town.records)]  # fmt: skip
    town.records = wrong
    resolve(town.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, dt.date(2026, 3, 1))
    precision, recall = town.quality(tmp_path)
    assert precision >= 0.98
    assert recall >= 0.8  # 0.84, as where no birth date is sure


class Firms(Town):
    """Colleagues of whom each record says the firm's address, and none a birth date."""

    def __init__(self, n_firms: int, staff: int, wrong: float, copies: tuple[int, int]) -> None:
        super().__init__(0)
        addresses = [self._address() for _ in range(n_firms)]
        for person in range(n_firms * staff):
            address = addresses[person // staff]
            given, family = self.rng.choice(GIVEN), self.rng.choice(FAMILY)
            for _ in range(self.rng.randint(*copies)):
                self._record(person, given, family, None, address, wrong)


def test_colleagues_of_one_given_name_are_two_people(tmp_path) -> None:
    """What two of one family name at an address are says nothing of two family names there."""
    town = Firms(60, staff=8, wrong=0.12, copies=(1, 4))
    resolve(town.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, dt.date(2026, 3, 1))
    precision, recall = town.quality(tmp_path)
    assert precision >= 0.95
    assert recall >= 0.9


def test_two_family_names_that_are_said_twice_are_of_two_colleagues(tmp_path) -> None:
    """Where nobody says a birth date. Without this, colleagues of one given name give .61."""
    town = Firms(40, staff=20, wrong=0.15, copies=(3, 8))
    resolve(town.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, dt.date(2026, 3, 1))
    precision, recall = town.quality(tmp_path)
    assert precision >= 0.92
    assert recall >= 0.92


def test_names_tell_people_apart_only_where_nothing_else_does() -> None:
    """One mailbox leads from a name to the other: who marries keeps it."""
    family = next(c for c in COMPARISONS if c.name == "family")
    con = duckdb.connect()
    con.execute(
        "create table scored as from (values"
        f" ({len(family.levels) - 1}, 1), ({len(family.levels) - 1}, 0), (1, 1), (null, null))"
        " t(level_family, level_mailbox)"
    )

    def told(*columns: str) -> list[tuple[bool, bool]]:
        sql = ", ".join(names_sql(Model(["given", "family", *columns], 1000, {})))
        return con.execute(f"select {sql} from scored").fetchall()

    assert told("mailbox") == [(True, False), (True, True), (False, True), (False, False)]
    assert told("street") == [(True, False), (True, False), (False, True), (False, False)]
    assert told("born") == told("national", "mailbox") == [(False, False)] * 4


@pytest.mark.parametrize(
    ("said", "led", "sure"),
    [
        ("AABB", [], True),
        ("AAB", [], False),  # one record alone may be wrong
        ("AABBC", [(0, 4), (2, 4)], False),  # "A-B" leads from one to the other
        ("AABC", [(2, 3)], False),
        ("AABBC", [(3, 4)], True),
        ("AA BB", [], True),  # who says nothing leads nowhere
    ],
)
def test_sure_is_what_two_records_say_alike(said: str, led: list, sure: bool) -> None:
    con = duckdb.connect()
    con.execute("create table linked_node (node integer, no integer)")
    con.execute("create table loose_label (no integer, label integer)")
    con.execute("create table std (node integer, family_no varchar)")
    for no, name in enumerate(said):
        con.execute("insert into linked_node values (?, ?)", [no + 70, no])
        con.execute("insert into loose_label values (?, 5)", [no])
        con.execute("insert into std values (?, nullif(?, ' '))", [no + 70, name])
    ends = np.array(led, dtype=np.int64).reshape(-1, 2).T
    pair = np.array([0]), np.array([said.index("B")])
    found = are_sure(con, len(said), tuple(ends), pair, "family_no", "s.family_no")
    assert found.tolist() == [sure]


def test_contacts_hold_no_group_together_as_what_is_a_persons_own_does() -> None:
    def of(*columns: str) -> float:
        return holds(Model(["given", "family", *columns], 1000, {}))

    assert of("born") == of("national", "phone") == HOLDS_TOGETHER
    assert of("street", "phone", "mailbox") == of("phone") == HOLDS_A_HOME
    assert of("area") == HOLDS_A_NAME


def test_an_initial_does_not_fit_where_the_same_person_says_another_name():
    """Alma meets "A." and Anna of one person: the full name says that it is not she."""
    levels = [level.name for level in COMPARISONS[0].levels]
    same, initial, different = (0, 6.0), (levels.index("initial"), 4.0), (LAST_GIVEN, -5.0)
    for met, expected in (
        ([initial, different], different), ([initial], initial), ([same, different], same)
    ):  # fmt: skip
        levels, weights = map(np.array, zip(*met, strict=True))
        (level,), (weight,) = best(COMPARISONS[0], levels, weights, np.array([0]))
        assert (level, weight) == expected
