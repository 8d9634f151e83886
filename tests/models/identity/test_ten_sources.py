"""Ten systems, from ids alone to three other alphabets: who can be found is, and nobody else."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import Any

import duckdb
import pytest

from models.identity.resolve import IdentitySummary, resolve
from tests.models.identity.ten_sources import ALONE, SHAPES, TenSources

NIGHT = dt.date(2026, 3, 1)
Found = tuple[TenSources, IdentitySummary, dict[str, str]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("ten")
    company = TenSources(250, seed=70821)
    summary = resolve(company.write(folder / "work.duckdb"), folder, folder, NIGHT)
    file = str(folder / "identity_map.parquet")
    sql = "select identity_key, customer_id from read_parquet(?)"
    return company, summary, dict(duckdb.connect().execute(sql, [file]).fetchall())


def system_of(key: str) -> str:
    return key.split(":")[1].split("-")[0]


def tied(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of one person's records that a mailbox or telephone ties, or a chain of them does."""
    groups = [{r["identity_key"], r.get("email"), r.get("phone")} - {None} for r in records]
    for _ in records:
        groups = [set().union(*(g for g in groups if g & one)) for one in groups]
    keys = sorted(r["identity_key"] for r in records)
    return [pair for pair in combinations(keys, 2) if any(set(pair) <= group for group in groups)]


def pairs(found: Found) -> dict[tuple[str, str], tuple[int, int]]:
    """Of each two systems: pairs of records that are tied, and how many of them were found."""
    company, _, customer = found
    people: dict[int, list[dict[str, Any]]] = {}
    for record in company.records:
        people.setdefault(company.truth[record["identity_key"]], []).append(record)
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for records in people.values():
        for one, other in tied(records):
            at = (system_of(one), system_of(other))
            n, right = counts.get(at, (0, 0))
            counts[at] = (n + 1, right + (customer[one] == customer[other]))
    return counts


def test_nobody_is_one_with_another(found):
    company, _, customer = found
    holders: dict[str, set[int]] = {}
    for key, person in company.truth.items():
        holders.setdefault(customer[key], set()).add(person)
    assert [people for people in holders.values() if len(people) > 1] == []
    assert {system_of(key) for key in company.truth} == set(SHAPES)


def test_who_says_anything_of_a_person_is_found(found):
    able = {at: n for at, n in pairs(found).items() if not set(at) & set(ALONE)}
    assert sum(n for n, _ in able.values()) > 1000
    assert sum(right for _, right in able.values()) / sum(n for n, _ in able.values()) >= 0.9


def test_what_is_not_found_is_a_name_in_two_scripts_without_a_birth_date(found):
    missed = {at: n - right for at, (n, right) in pairs(found).items() if right < n}
    assert sum(n for at, n in missed.items() if "cairo" in at) >= sum(missed.values()) / 2


def test_what_says_nothing_of_a_person_stays_alone(found):
    company, _, customer = found
    for system in ALONE:
        own = [customer[key] for key in company.truth if system_of(key) == system]
        others = [customer[key] for key in company.truth if system_of(key) != system]
        assert len(own) == len(set(own)) and not set(own) & set(others)


def test_a_cookie_is_of_who_signed_in_with_it(found):
    company, _, customer = found
    whose = {company.truth[key]: customer[key] for key in company.truth if system_of(key) == "web"}
    right = [customer.get(cookie) == whose[person] for cookie, person in company.cookies.items()]
    assert len(right) > 100 and all(right)
