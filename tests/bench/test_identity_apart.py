"""How twins and homes kept apart are counted, and whom nothing in the records tells apart."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from bench.identity.alone import apart_and_pairs, nothing_tells

BORN, OTHER = dt.date(1980, 3, 4), dt.date(2005, 6, 7)
#: Person, head of the home, twin, customer, given name, birth date, gender: a row a record.
RECORDS = [
    (1, 1, False, "a", "Ana", BORN, "female"),
    (2, 1, True, "b", "Eva", BORN, "female"),  # kept apart
    (3, 3, False, "c", "Leon", BORN, None),
    (3, 3, False, "c", "L.", None, "male"),
    (4, 3, True, "c", "Lukas", None, "male"),  # not kept apart, though names say it
    (5, 5, False, "d", "Ion", BORN, None),
    (6, 5, False, "d", "I.", None, None),  # not kept apart, and nothing tells
    (7, 7, False, "e", "Ion", BORN, None),
    (8, 7, False, "e", "Ion", OTHER, None),  # dates do
    (9, 9, False, "f", "Kim", None, "male"),
    (10, 9, False, "f", "Kim", None, "female"),  # genders do
    (11, 9, False, "f", "KÍM", None, "male"),  # nothing does
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    con = duckdb.connect()
    con.execute("create table told (person int, head int, is_twin boolean, customer_id varchar,"
                " given_name varchar, birth_date date, gender varchar)")  # fmt: skip
    con.executemany("insert into told values (?, ?, ?, ?, ?, ?, ?)", RECORDS)
    con.execute("create table numbered as select *, rowid::varchar as id from told")
    con.execute(
        f"copy (select 'crm' as source_system, id as source_customer_id, person, head, is_twin"
        f" from numbered) to '{tmp_path}/truth.parquet'"
    )
    con.execute(
        f"copy (select 'crm' as source_system, id as source_customer_id, customer_id,"
        f" 'source_customer_id' as identifier_type, id as identity_key from numbered)"
        f" to '{tmp_path}/bridge_identity.parquet'"
    )
    con.execute(f"attach '{tmp_path}/work.duckdb' as work")
    con.execute("create schema work.identity")
    con.execute("create table work.identity.int_identity_record as select id as identity_key,"
                " given_name, birth_date, gender from numbered")  # fmt: skip
    con.close()
    return tmp_path


def test_a_person_is_apart_where_no_customer_has_records_of_the_head_too(folder: Path) -> None:
    pairs, twins, homes = apart_and_pairs(folder, folder / "truth.parquet")
    assert (twins, homes) == (0.5, pytest.approx(1 / 6))
    assert (pairs.both, pairs.found, pairs.true) == (1, 8, 1)


def test_nothing_tells_whose_names_dates_and_genders_never_differ(folder: Path) -> None:
    assert nothing_tells(folder / "work.duckdb", folder, folder / "truth.parquet") == (5, 2)
