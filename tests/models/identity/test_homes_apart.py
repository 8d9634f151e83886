"""Two people of one home whom a third record, or a swapped name, would bring together."""

from __future__ import annotations

import numpy as np

from models.identity.comparisons import COMPARISONS
from models.identity.linking import part
from models.identity.scoring import LAST_BORN, LAST_GIVEN, apart_sql, best
from models.identity.training import Model


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


def test_nobody_is_apart_where_no_homes_are_known_or_people_have_many_records() -> None:
    """Then a birth date that differs is a slip, and other records outvote it."""
    columns = ["given", "family", "born", "gender"]
    of_homes = Model(columns, 1000, {}, links_per_record=0.5)
    assert f"level_born = {LAST_BORN}" in apart_sql(of_homes)[0]
    for other in (
        Model(columns, 1000, {}, links_per_record=5.0),
        Model(columns, 1000, {}, has_homes=False),
        Model(["given", "family"], 1000, {}),
    ):
        assert apart_sql(other) == ("false", "false", "false")


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
