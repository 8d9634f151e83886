"""Seven nights of a company whose people come, move, are joined and parted again.

Every change of an id is in the log, and growth changes none; a decision that is taken back leaves
equal content; the order of files changes no id; no fact is lost or doubled on its way to anybody.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from models.identity.exact.decisions import Decision
from models.identity.resolve import resolve
from tests.models.identity.test_resolve import World, key

FIRST = dt.date(2026, 3, 1)
GIVEN = ("Ana", "Ben", "Cleo", "Dag", "Eva", "Finn", "Gus", "Hana", "Ivo", "Jana")


def fill(world: World, numbers: range, *, mail: str = "m") -> None:
    """Records of people: two of each, tied by a mailbox; every fifth home shares a telephone."""
    for n in numbers:
        given, family = GIVEN[n % 10], f"Berg{chr(97 + n % 26)}{chr(97 + n // 26)}"
        born = f"19{50 + n % 50}-0{1 + n % 9}-1{n % 10}"
        home = {"phone": f"home{n // 5}"} if n % 5 < 2 else {}
        world.record(f"shop{n}", given, born, family, email=f"{mail}{n}", **home)
        world.record(f"crm{n}", given, born, family, email=f"{mail}{n}")


def nights() -> list[tuple[World, list[Decision]]]:
    """What is known at the end of each night, and what people had decided."""
    one, two, three, other = (
        (key("source_customer_id", name),) for name in ("crm1", "crm2", "crm3", "shop3")
    )
    decided = [Decision(True, one, two), Decision(False, three, other)]
    told = []
    for night in range(7):
        world = World()
        fill(world, range(40 if night == 0 else 50))
        if night >= 2:  # a late record that shows two to be one, by a number of the state
            world.record("late", "Eva", None, None, national_id="s")
            world.row(key("source_customer_id", "shop4"), "national_id", "s")
            world.row(key("source_customer_id", "shop14"), "national_id", "s")
        if night >= 5:  # and a correction that takes it back
            world.links = [link for link in world.links if link[2] != key("national_id", "s")]
        told.append((world, decided if night in (3, 4) else []))
    return told


class Home:
    """The state of a run of nights."""

    def __init__(self, folder: Path, *, is_shuffled: bool = False) -> None:
        self.folder = folder
        self.maps: list[dict[str, str]] = []
        self.content: list[list[tuple]] = []
        folder.mkdir()
        for number, (world, decided) in enumerate(nights()):
            if is_shuffled:
                random.Random(number).shuffle(world.links)
                random.Random(number).shuffle(world.records)
            work = world.write(folder / "work.duckdb")
            resolve(work, folder, folder, FIRST + dt.timedelta(days=number), decisions=decided)
            self.maps.append(dict(self.rows("identity_map", "identity_key, customer_id")))
            self.content.append(self.rows("identity_map", "*") + self.rows("bridge_identity", "*"))

    def rows(self, name: str, columns: str) -> list[tuple]:
        """Rows of a table of the state."""
        file = str(self.folder / f"{name}.parquet")
        sql = f"select {columns} from read_parquet(?) order by all"
        return duckdb.connect().execute(sql, [file]).fetchall()

    def changes(self) -> Iterator[tuple[int, str, str, str]]:
        """Each key whose customer changed: the night, the key, whose it was and is."""
        for night, (before, after) in enumerate(zip(self.maps, self.maps[1:], strict=False), 1):
            for name, was in before.items():
                if name in after and after[name] != was:
                    yield night, name, was, after[name]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("nights") / "home")


def test_growth_changes_no_id(home):
    before, after = home.maps[0], home.maps[1]
    assert len(after) > len(before)
    assert {name: after[name] for name in before} == before


def test_every_other_change_is_in_the_log(home):
    log = {
        (as_of, previous, customer)
        for as_of, kind, previous, customer in home.rows(
            "identity_event", "as_of_on, event_type, previous_customer_id, customer_id"
        )
        if kind in ("merged", "split", "reassigned")
    }
    changed = list(home.changes())
    assert {night for night, *_ in changed} == {2, 3, 5}
    for night, name, was, became in changed:
        assert (FIRST + dt.timedelta(days=night), was, became) in log, (night, name)
    kinds = Counter(kind for (kind,) in home.rows("identity_event", "event_type"))
    assert kinds["merged"] == 3 and kinds["split"] == 4
    # nothing is logged that did not change
    assert log == {(FIRST + dt.timedelta(days=n), was, became) for n, _, was, became in changed}


def test_a_merge_a_split_and_two_decisions_taken_back_leave_equal_content(home):
    shown = [row for row in home.content[6] if "source_customer_id:late" not in map(str, row)]
    assert shown == home.content[1]
    assert home.content[3] == home.content[4] != home.content[2]


def test_the_order_of_files_changes_no_id_of_any_night(home, tmp_path):
    assert Home(tmp_path / "other", is_shuffled=True).maps == home.maps


def test_facts_keep_their_number_and_money_and_records_have_one_customer(home):
    con = duckdb.connect()
    file = str(home.folder / "bridge_identity.parquet")
    twice = con.execute(
        "select count(*), count(distinct identity_key) from read_parquet(?)"
        " where identifier_type = 'source_customer_id'", [file],
    ).fetchone()  # fmt: skip
    assert twice == (101, 101)
    facts = [(name, 1 + n) for n, name in enumerate(sorted(home.maps[0])) for _ in range(3)]
    for found in home.maps:
        con.execute("create or replace table facts (identity_key varchar, amount int)")
        con.executemany("insert into facts values (?, ?)", facts)
        con.execute("create or replace table map (identity_key varchar, customer_id varchar)")
        con.executemany("insert into map values (?, ?)", list(found.items()))
        total = con.execute(
            "select count(*), sum(amount) from facts left join map using (identity_key)"
        ).fetchone()
        assert total == (len(facts), sum(amount for _, amount in facts))


def test_a_number_of_several_homes_is_shared_and_resolves_nobody(home):
    con = duckdb.connect()
    shared = con.execute(
        "select identity_key, count(distinct customer_id) from read_parquet(?)"
        " where is_shared group by all",
        [str(home.folder / "bridge_identity.parquet")],
    ).fetchall()
    assert len(shared) >= 8 and all(n == 2 for _, n in shared)
    assert not {name for name, _ in shared} & set(home.maps[6])
