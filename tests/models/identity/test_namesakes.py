"""Namesakes, second given names and birth dates of which only the year is known."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from models.identity.comparisons import COMPARISONS
from models.identity.forms import install_macros
from models.identity.levels import level_sql
from models.identity.namesakes import HIGHEST, count_namesakes
from models.identity.training import Model

BORN = next(c for c in COMPARISONS if c.name == "born")
GIVEN = next(c for c in COMPARISONS if c.name == "given")
SHARES = {"born": {"different": (0.04, 0.95)}}


def level(comparison, one: str, other: str) -> str:
    """Give the name of the level of two records."""
    con = duckdb.connect()
    install_macros(con)
    name = comparison.name
    given = (
        "{0} as said, {0} as given, split_part({0}, ' ', 1) as given1, split_part({0}, ' ', 1) as"
        " given_sound, left({0}, 1) as initial, false as is_initial, 5 as given_n, null::varchar[]"
        " as known_as, null::varchar as usual, null::bigint[] as not_of, null::varchar as family,"
        " null::varchar as family_sound"
    )
    columns = given if name == "given" else "{0} as born"
    left, right = columns.format(f"'{one}'"), columns.format(f"'{other}'")
    sql = (
        f"select {level_sql(comparison, but='swapped')} from (select {left}) l, (select {right}) r"
    )
    (number,) = con.execute(sql).fetchone()
    return comparison.levels[number].name


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("18660101", "18660617", "year alone"),
        ("18660617", "18660101", "year alone"),
        ("18660101", "18660117", "two parts"),
        ("18660101", "18670617", "different"),
        ("18660305", "18660617", "different"),
        ("18660101", "18660101", "same"),
    ],
)
def test_of_a_birth_date_only_the_year_may_be_known(one, other, expected):
    assert level(BORN, one, other) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("michael a", "michael j", "other second"),
        ("michael alan", "michael john", "other second"),
        ("michael", "michael j", "variant"),
        ("michael john", "michael j", "variant"),
        ("michael a john", "michael john", "variant"),
        ("michael a", "robert j", "different"),
    ],
)
def test_a_second_given_name_tells_two_people_apart(one, other, expected):
    assert level(GIVEN, one, other) == expected


def namesakes(of_frequent: int) -> float:
    """Bits, where each of ten frequent names is that many people's, two records each."""
    rows, rec = [], 0
    for name in range(310):
        for person in range(of_frequent if name < 10 else 1):
            for _ in range(40 // of_frequent if name < 10 else 3):
                rows.append(
                    (
                        rec,
                        rec,
                        name,
                        1000 + name,
                        f"19{person:02d}{1 + (name + person) % 12:02d}{11 + person % 18}",
                    )
                )
                rec += 1
    con = duckdb.connect()
    columns = zip(
        ("rec", "node", "given_no", "family_no", "born"), zip(*rows, strict=True), strict=True
    )
    con.register("row_in", pa.table({name: list(values) for name, values in columns}))
    con.execute("create table std as select *, null::integer as area_no from row_in")
    for kind in ("given", "family"):
        con.execute(
            f"create table {kind}_form as select {kind}_no, {kind}_no::varchar as {kind},"
            f" count(*) / sum(count(*)) over () as share from std group by {kind}_no"
        )
    model = Model(["given", "family", "born"], rec, SHARES)
    count_namesakes(con, model, rec)
    return model.namesakes


def test_names_of_several_people_are_counted_by_their_birth_dates():
    assert namesakes(of_frequent=1) == 0
    assert 0 < namesakes(of_frequent=20) <= HIGHEST


def test_where_nothing_tells_namesakes_apart_nothing_is_counted():
    model = Model(["given", "family"], 100, {})
    count_namesakes(duckdb.connect(), model, 100)
    assert model.namesakes == 0
