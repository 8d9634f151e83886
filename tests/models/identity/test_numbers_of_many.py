"""Numbers that say less than they seem: a state's that very many have, a street's, one digit."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa

from models.identity.probable.training import ENOUGH_SAY, Model, read_model, told_columns
from models.identity.resolve import resolve
from tests.models.identity.people import FAMILY, GIVEN, Town
from tests.models.identity.test_what_a_company_has import NIGHT

MADE_UP = "999999999"


def named_town(
    n: int, *, streets: str | None = None, made_up: float = 0.0, families: int = len(FAMILY)
) -> Town:
    """People of usual names with a town, and one thing more: an address or a state's number."""
    rng, town = random.Random(9), Town(0)
    town.columns["national_id"] = pa.string()
    for person in range(n):
        given, family = rng.choice(GIVEN), rng.choice(FAMILY[:families])
        place = f"{rng.randint(11, 20) if streets else rng.randint(100, 299)}00"
        street = streets and streets.format(*(rng.randint(1, 60) for _ in range(3)))
        number = MADE_UP if rng.random() < made_up else f"{rng.randint(10**9, 10**10 - 1)}"
        for _ in range(rng.randint(1, 3)):
            key = f"source_customer_id:{len(town.records):06d}"
            said = number if streets is None and (number == MADE_UP or rng.random() < 0.6) else None
            spelt = given if rng.random() < 0.9 else given[:-1]
            town.records.append((key, "crm", spelt, family, None, street, place, "Bogota", said))
            town.truth[key] = person
    return town


def quality(town: Town, folder: Path) -> tuple[float, float]:
    resolve(town.write(folder / "work.duckdb"), folder, folder, NIGHT)
    return town.quality(folder)


def test_of_a_street_whose_name_has_a_number_the_houses_are_told_apart(tmp_path):
    precision, recall = quality(named_town(1200, streets="Calle {} # {}-{}", families=10), tmp_path)
    assert precision >= 0.99
    assert recall >= 0.9


def test_what_is_hardly_ever_wrong_is_learnt_all_the_same(tmp_path):
    # nobody's street is ever wrong: Splink refuses a round, which must not cost the others
    town = named_town(800, streets="Ring {}")
    precision, _ = quality(town, tmp_path)
    model = read_model(tmp_path)
    assert model is not None
    assert [told["output_column_name"] for told in model.splink["comparisons"]] == model.columns
    assert precision >= 0.99


def test_a_states_number_that_very_many_have_says_nothing(tmp_path):
    town = named_town(3000, made_up=0.06)
    resolve(town.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, NIGHT)
    customer = town.found(tmp_path)
    theirs = [record[0] for record in town.records if record[-1] == MADE_UP]
    two = [
        (a, b) for i, a in enumerate(theirs) for b in theirs[i + 1 :] if customer[a] == customer[b]
    ]
    assert len(theirs) > 50
    assert all(town.truth[a] == town.truth[b] for a, b in two)


def test_a_record_more_or_less_that_says_something_makes_no_other_model():
    model = Model(["given", "gender"], 1000, {})
    just_less = {"given": 1.0, "gender": 0.9 * ENOUGH_SAY}
    just_more = {"given": 1.0, "gender": ENOUGH_SAY}
    assert told_columns(just_less, None) == ["given"]
    assert told_columns(just_more, None) == ["given", "gender"]
    assert told_columns(just_less, model) == ["given", "gender"]
    assert told_columns({"given": 1.0, "gender": 0.4 * ENOUGH_SAY}, model) == ["given"]
    model = Model(["given"], 1000, {})
    assert told_columns(just_more, model) == ["given"]
    assert told_columns({"given": 1.0, "gender": 2 * ENOUGH_SAY}, model) == ["given", "gender"]
