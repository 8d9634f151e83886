"""Namesakes, second given names and birth dates of which only the year is known."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from models.identity.probable.comparisons import COMPARISONS
from models.identity.probable.levels import level_sql
from models.identity.probable.namesakes import count_namesakes
from models.identity.probable.training import Model
from models.identity.records.forms import install_macros

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
        ("18660305", "18660617", "same year"),
        ("18660305", "18670617", "different"),
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


def namesakes(n_countries: int, seed: int, nameless: int = 0, order: int = 0) -> float:
    """Bits, where people of two records and of some countries, each with names of its own, err.

    Names are as uneven as they are (one in ten is of the most frequent); of birth dates 5 % are
    wrong. Rows are in a random order.
    """
    rng, n_people = np.random.default_rng(seed), 3_000
    country = rng.integers(n_countries, size=n_people)
    odds = 1 / (np.arange(60) + 5.0)
    given, family = (rng.choice(60, n_people, p=odds / odds.sum()) for _ in "gf")
    born = rng.integers(1900 * 365, 2000 * 365, size=(n_people, 1)).repeat(2, axis=1)
    born += rng.integers(1, 30_000, size=born.shape) * (rng.random(born.shape) < 0.05)
    person = np.arange(n_people).repeat(2)
    rows = pa.table(
        {
            "rec": np.arange(2 * n_people, dtype=np.uint64),
            "node": np.arange(2 * n_people),
            "given_no": (given + 60 * country)[person],
            "family_no": (family + 60 * country)[person],
            "day": born.ravel(),
        }
    ).take(np.random.default_rng(order).permutation(2 * n_people))
    con = duckdb.connect()
    con.register("row_in", rows)
    con.execute(
        "create table std as select * exclude (day), null::integer as area_no, strftime(date"
        " '0001-01-01' + day::integer, '%Y%m%d') as born from row_in union all by name"
        f" select 100000 + range as rec, 100000 + range as node from range({nameless})"
    )
    for kind in ("given", "family"):
        con.execute(
            f"create table {kind}_form as select {kind}_no, {kind}_no::varchar as {kind} from std"
            f" where {kind}_no is not null group by {kind}_no"
        )
    model = Model(["given", "family", "born"], 2 * n_people, SHARES)
    count_namesakes(con, model)
    return model.namesakes


def test_names_of_one_country_are_as_many_times_together_as_there_are_countries():
    found = [namesakes(8, seed) for seed in range(4)]
    assert found == pytest.approx([3.0] * 4, abs=0.5)


def test_what_is_wrong_in_some_birth_dates_makes_no_namesakes():
    assert [namesakes(1, seed) for seed in range(4)] == pytest.approx([0.0] * 4, abs=0.5)


def test_records_without_names_and_their_order_do_not_matter():
    assert namesakes(8, 1, nameless=5_000, order=7) == namesakes(8, 1)


def test_where_nothing_tells_namesakes_apart_nothing_is_counted():
    model = Model(["given", "family"], 100, {})
    count_namesakes(duckdb.connect(), model)
    assert model.namesakes == 0


#: Values near one another, so that each level is met: birth dates, telephones, mailboxes.
NEAR = {
    "born": ("18660101", "18660110", "18661001", "18660617", "18760101", "19660101", "18660102",
             "28660101", "18670617", "18660671", "19011231"),
    "phone": ("17012345", "17012346", "27012345", "1701234", "71012345", "17912345", "98765432",
              "17012354", "170"),
    "mailbox": ("ann.lee@a.org", "ann.lea@a.org", "ann.lee@b.org", "ben@a.org", "annlee1@a.org",
                "annlee2@a.org", "xann.lee@a.org", "zoe@c.net"),
}  # fmt: skip


@pytest.mark.parametrize("comparison", [c for c in COMPARISONS if c.shares], ids=lambda c: c.name)
def test_values_with_nothing_in_common_are_of_the_last_level(comparison):
    con = duckdb.connect()
    install_macros(con)
    con.execute(
        "create table value as select unnest(?::varchar[]) as text", [NEAR[comparison.name]]
    )
    columns = (f"text as {comparison.name}, split_part(text, '@', 1) as mail_name,"
               " split_part(text, '@', 2) as mail_domain")  # fmt: skip
    shares = " or ".join(f"l_{n} = r_{n}" for n in range(len(comparison.shares)))
    told = ", ".join(f"({sql}) as {{side}}_{n}" for n, sql in enumerate(comparison.shares))
    value = f"select *, {told} from (select {columns} from value)"
    levels = con.execute(
        f"select coalesce({shares}, false), {level_sql(comparison)} as level, count(*)"
        f" from ({value.format(side='l')}) l, ({value.format(side='r')}) r group by all"
    ).fetchall()
    last = len(comparison.levels) - 1
    assert {level for is_near, level, _ in levels if not is_near} == {last}
    assert {level for is_near, level, _ in levels if is_near} >= set(range(last))
