"""Works on what a company has: few columns, other alphabets, many corrupted copies of a person.

Worlds are made here or by people.py, from seeds that nothing was chosen on.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from models.identity.resolve import IdentitySummary, resolve
from tests.models.identity.people import Town

NIGHT = dt.date(2026, 3, 1)
#: Columns of people.Town's records.
GIVEN, FAMILY, BORN, STREET, POSTAL, CITY = 2, 3, 4, 5, 6, 7

GREEK = (
    ["Ελένη", "Γιώργος", "Μαρία", "Νίκος", "Κατερίνα", "Δημήτρης", "Σοφία", "Πέτρος"],
    ["Παπαδόπουλος", "Νικολάου", "Γεωργίου", "Ιωάννου", "Μακρής", "Δημητρίου", "Αντωνίου"],
)
CYRILLIC = (
    ["Анна", "Иван", "Мария", "Сергей", "Ольга", "Дмитрий", "Наталья", "Павел"],
    ["Иванова", "Петров", "Смирнова", "Кузнецов", "Соколова", "Попов", "Волкова", "Зайцев"],
)
ARABIC = (
    ["فاطمة", "محمد", "عائشة", "أحمد", "مريم", "يوسف", "خديجة", "علي"],
    ["الحسيني", "المصري", "البغدادي", "العلي", "الخطيب", "حداد", "نجار", "قاسم"],
)
CHINESE = (
    ["秀英", "伟", "芳", "娜", "静", "敏", "强", "磊", "洋", "艳"],
    ["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周"],
)


def found(town: Town, folder: Path) -> tuple[IdentitySummary, float, float]:
    summary = resolve(town.write(folder / "work.duckdb"), folder, folder, NIGHT)
    return summary, *town.quality(folder)


def keep(town: Town, *columns: int) -> Town:
    """Leave out all else that the records say."""
    town.records = [
        tuple(v if at < GIVEN or at in columns else None for at, v in enumerate(record))
        for record in town.records
    ]
    return town


@pytest.mark.parametrize(
    ("columns", "recall"),
    [
        ((GIVEN, FAMILY, BORN), 0.5),
        ((GIVEN, FAMILY, STREET, POSTAL, CITY), 0.3),
        ((GIVEN, FAMILY, BORN, STREET, POSTAL, CITY), 0.7),
    ],
    ids=["name and birth date", "name and address", "all three"],
)
def test_up_to_twenty_corrupted_copies_of_a_person_stay_precise(tmp_path, columns, recall):
    town = keep(Town(110, copies=20, wrong=0.2, seed=31), *columns)
    _, precision, share = found(town, tmp_path)
    assert precision >= 0.95
    assert share >= recall


def test_names_alone_make_nobody_one_with_a_namesake(tmp_path):
    town = keep(Town(300, copies=1, wrong=0.0, seed=33), GIVEN, FAMILY)
    assert len({record[GIVEN : FAMILY + 1] for record in town.records}) < len(town.records) - 50
    summary, _, _ = found(town, tmp_path)
    assert summary.compared == ("given", "family")
    assert summary.n_probable == 0 and summary.n_customers == summary.n_records


@pytest.mark.parametrize(
    "alphabet", [GREEK, CYRILLIC, ARABIC, CHINESE], ids=["greek", "cyrillic", "arabic", "chinese"]
)
def test_names_of_other_alphabets_are_matched_as_any(tmp_path, alphabet):
    given, family = alphabet
    town = Town(0)
    rng = random.Random(35)
    for person in range(300):
        born = dt.date(1950, 1, 1) + dt.timedelta(days=rng.randint(0, 20000))
        names = rng.choice(given), rng.choice(family)
        for _ in range(2):
            key = f"source_customer_id:{len(town.records):06d}"
            postal = f"{rng.randint(10000, 10100)}" if rng.random() < 0.2 else f"{10000 + person}"
            town.records.append((key, "crm", *names, born, None, postal, None))
            town.truth[key] = person
    _, precision, recall = found(town, tmp_path)
    assert precision >= 0.99
    assert recall >= 0.9


def test_one_person_in_two_alphabets_is_found_where_all_else_agrees(tmp_path):
    latin = ["Anna", "Ivan", "Maria", "Sergei", "Olga", "Dmitri", "Natalia", "Pavel"]
    families = ["Ivanova", "Petrov", "Smirnova", "Kuznetsov", "Sokolova", "Popov", "Volkova"]
    town, rng = Town(0), random.Random(36)
    for person in range(300):
        one, other = rng.randrange(len(latin)), rng.randrange(len(families))
        born = dt.date(1950, 1, 1) + dt.timedelta(days=rng.randint(0, 20000))
        for names in (
            (latin[one], families[other]),
            (CYRILLIC[0][one], CYRILLIC[1][other]),
        ):
            key = f"source_customer_id:{len(town.records):06d}"
            town.records.append((key, "crm", *names, born, None, f"{20000 + person}", None))
            town.truth[key] = person
    _, precision, recall = found(town, tmp_path)
    assert precision >= 0.99
    assert recall >= 0.9


def test_ids_alone_are_said_to_be_nothing_to_match_on(tmp_path):
    summary, _, _ = found(keep(Town(200, seed=37)), tmp_path)
    assert summary.compared == ()
    assert summary.n_probable == 0
    assert summary.n_customers == summary.n_records


@pytest.mark.parametrize("n", [30, 90])
def test_a_person_with_more_records_than_others_are_compared_with_is_one(tmp_path, n):
    town = Town(150, seed=37)
    said = town.records[0]
    for _ in range(n):
        key = f"source_customer_id:{len(town.records):06d}"
        town.records.append((key, *said[1:]))
        town.truth[key] = town.truth[said[0]]
    summary, precision, _ = found(town, tmp_path)
    customers = town.found(tmp_path)
    assert len({customers[key] for key in [said[0], *list(town.truth)[-n:]]}) == 1
    assert precision >= 0.95 and summary.n_customers > 100
