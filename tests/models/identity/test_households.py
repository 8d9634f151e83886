"""Households and accounts: who is in one, ids that stay, and nobody merged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from models.identity.people.households import COLUMNS, MOST_IN_HOUSEHOLD, make_groups, tell_places


class Town:
    """Customers of one record each, night by night."""

    def __init__(self) -> None:
        self.old: list[tuple] = []
        self.trail: list[tuple] = []

    def night(self, *people: tuple[str, str | None, str | None, str | None]) -> dict[str, str]:
        """Groups of customers given as (id, family name, street, account); household by default."""
        con = duckdb.connect()
        for table, rows in (("old_group", self.old), ("old_group_trail", self.trail)):
            con.execute(f"create table {table} ({COLUMNS})")
            if rows:
                con.executemany(f"insert into {table} values (?, ?, ?)", rows)
        con.execute(
            "create table record (identity_key varchar, source_system varchar, family_name varchar,"
            " full_name varchar, street varchar, postal_code varchar, city varchar,"
            " account_id varchar, updated_at timestamp)"
        )
        con.execute("create table cluster (key_h ubigint, cluster varchar)")
        con.execute("create table cluster_customer (cluster varchar, customer_id varchar)")
        for place, (customer, family, street, account) in enumerate(people):
            key, at = f"k{place}", dt.datetime(2026, 1, 1) + dt.timedelta(days=place)
            con.execute(
                "insert into record values (?, 'crm', ?, null, ?, '10115', null, ?, ?)",
                [key, family, street, account, at],
            )
            con.execute("insert into cluster values (hash(?), ?)", [key, customer])
            con.execute(
                "insert into cluster_customer select $1, $1 where $1 not in"
                " (select cluster from cluster_customer)", [customer],
            )  # fmt: skip
        con.execute("create view every_record as from record")
        tell_places(con)
        make_groups(con)
        self.old = con.execute("from customer_group").fetchall()
        self.trail = con.execute("from group_trail").fetchall()
        return {c: group for kind, c, group in self.old if kind == "household"}

    def accounts(self) -> dict[str, str]:
        """Groups by account."""
        return {c: group for kind, c, group in self.old if kind == "account"}


def test_one_name_at_one_address_is_a_household_however_it_is_written():
    found = Town().night(
        ("c1", "Berg", "Hauptstraße 5", None), ("c2", "BERG", "Hauptstr. 5", None),
        ("c3", "Lee", "Hauptstr. 5", None), ("c4", "Berg", "Hauptstr. 6", None),
        ("c5", "Berg", "Hauptstr.", None), ("c6", None, "Hauptstr. 5", None),
    )  # fmt: skip
    assert found["c1"] == found["c2"]
    assert len({found["c1"], found["c3"], found["c4"]}) == 3
    assert "c5" not in found and "c6" not in found


def test_two_numbers_are_no_third():
    found = Town().night(
        ("c1", "Berg", "Ring 1/23", None), ("c2", "Berg", "Ring 12/3", None),
        ("c3", "Berg", "Ring 123", None), ("c4", "Berg", "Ring 1 / 23", None),
    )  # fmt: skip
    assert len({found["c1"], found["c2"], found["c3"]}) == 3
    assert found["c4"] == found["c1"]


def test_a_household_keeps_its_id_while_people_come_and_go():
    town = Town()
    first = town.night(("c1", "Berg", "Way 1", None), ("c2", "Berg", "Way 1", None),
                       ("c3", "Berg", "Way 1", None))  # fmt: skip
    moved = town.night(("c1", "Berg", "Lane 9", None), ("c2", "Berg", "Way 1", None),
                       ("c3", "Berg", "Way 1", None), ("c0", "Berg", "Way 1", None))  # fmt: skip
    assert moved["c0"] == moved["c2"] == moved["c3"] == first["c1"] != moved["c1"]
    assert town.night(("c2", "Berg", "Road 3", None))["c2"] == first["c1"]


def test_an_id_that_no_household_has_waits_for_those_who_had_it_last():
    town = Town()
    one, *others = (("c1", "Berg", "Way 1", None), ("c2", "Berg", "Way 1", None),
                    ("c3", "Berg", "Way 1", None))  # fmt: skip
    first = town.night(one, *others)["c1"]
    away = ("c1", "Berg", "Lane 9", None)
    assert town.night(away, *others)["c2"] == first
    town.night(away)
    # of whom it was made first founds another: that is new, though it starts with the same one
    town.night(("c4", "Lee", "Hof 2", None))
    founded = town.night(("c1", "Berg", "Road 3", None), ("c5", "Berg", "Road 3", None))
    assert founded["c1"] == founded["c5"] != first
    assert town.night(*others) == {"c2": first, "c3": first}


def test_the_newest_address_counts_and_a_home_for_many_is_none():
    town = Town()
    found = town.night(("c1", "Berg", "Way 1", None), ("c1", "Berg", "Way 2", None),
                       ("c2", "Berg", "Way 2", None))  # fmt: skip
    assert found["c1"] == found["c2"]
    many = [(f"c{n:02d}", "Kim", "Campus 1", None) for n in range(MOST_IN_HOUSEHOLD + 1)]
    assert town.night(*many) == {}


def test_an_account_groups_its_people_and_merges_nobody():
    town = Town()
    town.night(("c1", "Berg", None, "acme"), ("c2", "Lee", None, "acme"), ("c3", "Kim", None, "b"))
    before = town.accounts()
    assert before["c1"] == before["c2"] != before["c3"]
    town.night(("c2", "Lee", None, "acme"), ("c4", "Ray", None, "acme"))
    assert set(town.accounts()) == {"c2", "c4"} and town.accounts()["c4"] == before["c1"]
    assert all(group.startswith("a") for group in town.accounts().values())


@pytest.mark.parametrize("state", ["there", "absent"])
def test_groups_are_part_of_the_nights_state(state: str, tmp_path: Path):
    from models.identity.resolve import resolve
    from tests.models.identity.people import Town as Made

    made = Made(60)
    work = made.write(tmp_path / "work.duckdb")
    resolve(work, tmp_path, tmp_path, dt.date(2026, 3, 1))
    file = tmp_path / "customer_group.parquet"
    before = duckdb.sql(f"from '{file}' order by all").fetchall()
    if state == "absent":
        file.unlink()
    resolve(work, tmp_path, tmp_path, dt.date(2026, 3, 2))
    assert duckdb.sql(f"from '{file}' order by all").fetchall() == before
    assert len({group for *_, group in before}) < len(before)
