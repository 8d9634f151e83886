"""The laws through whole runs: from random files in a folder to tables that are published.

Worlds that Hypothesis drew live three nights side by side in one company (worlds.py): whole
records, the same shuffled and dealt out anew, sent twice, with ten times the money, resting after
the first night, and broken. How many is told by WHOLEVIEW_SCENARIOS, which `make test-long` sets:
`make test` leaves them out, since it is to end within a quarter of an hour. Not here: the same laws
up to the feeds, over hundreds of worlds (orchestration/test_laws_of_files).

Where scenarios are few dbt's own tests of its tables are left out (other nights of this folder have
them, and they are the larger half of a night), and nothing is made anew (test_later_nights has the
law of replay through whole nights). Everything else is the run as the command does it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.content import table_hashes
from orchestration.home import Home
from orchestration.ledger import Ledger
from tests.nights import worlds as w
from tests.nights.lean_nights import lean_nights
from tests.nights.small_company import WEDNESDAY, Outcome, SmallCompany
from tests.orchestration.test_books_frame import unbalanced
from tests.orchestration.test_laws_of_files import assert_whole

VERSIONS = ("v000001", "v000002", "v000003")
IS_LONG = w.SCENARIOS > 4
pytestmark = pytest.mark.skipif(
    "WHOLEVIEW_SCENARIOS" not in os.environ, reason="part of `make test-long`"
)
#: The table that tells of days up to the night's.
OF_THE_DAY = {"marts.mart_rfm"}


@dataclass(frozen=True)
class Story:
    """Three nights of all worlds, and the third once more."""

    company: SmallCompany
    base: list[w.World]
    sent: dict[str, bytes]  # files of new bytes
    nights: list[Outcome]
    again: Outcome
    files: tuple[dict[str, int], dict[str, int]]  # before the third was run again, and after
    told: dict[str, dict[str, w.Content]]  # version, mark


@pytest.fixture(scope="module")
def lean() -> Iterator[None]:
    """Nights without dbt's own tests where scenarios are few."""
    with lean_nights(with_tests=IS_LONG):
        yield


@pytest.fixture(scope="module")
def story(lean: None, tmp_path_factory: pytest.TempPathFactory) -> Story:
    company = w.company_of(tmp_path_factory.mktemp("worlds"))
    base = w.tidy_worlds("a")
    variants = [
        *(w.shuffled(world, "s") for world in base),
        *(world.as_of_kind("d", sent_again=(0, 2)) for world in base),
        *(w.tenfold(world, "m") for world in base),
        *(w.resting(world, "r") for world in base),
    ]
    every = [*base, *variants, *w.messy_worlds("x"), w.World("t", 0, w.TOLD)]
    sent: dict[str, bytes] = {}
    nights = []
    for night, day in enumerate(w.NIGHTS):
        sent |= w.bring(company, every, night)
        nights.append(company.night(day))
        assert nights[-1].code == 0, nights[-1].all
    held = ("landing", "feeds", "quarantine", "published", "restricted")
    before = company.files(*held)
    again = company.night(WEDNESDAY)
    after = company.files(*held)
    marks = [world.mark for world in every]
    told = {version: w.contents(company, version, marks) for version in VERSIONS}
    return Story(company, base, sent, nights, again, (before, after), told)


def hashes(company: SmallCompany, version: str) -> dict[str, str]:
    """The content of a version and of the personal tables beside it, table by table."""
    apart = table_hashes(company.home.restricted)
    found = table_hashes(company.home.version_file(version))
    return found | {f"restricted: {name}": value for name, value in apart.items()}


def test_the_worlds_hold_what_laws_are_about(story: Story) -> None:
    last = story.told[VERSIONS[-1]]
    for world in story.base:
        filled = {table for table, rows in last[world.mark].items() if rows}
        assert {"core.fct_transaction", "core.dim_customer"} <= filled, world
        assert all(night["till"] for night in world.nights)
    assert any(last[world.mark].get("marts.mart_nps") for world in story.base)
    books = {
        (stage, measure): value
        for stage, measure, value in story.company.rows(
            "select stage, measure, sum(value)::bigint from quality.conservation group by all"
        )
    }
    for measure in ("new", "updated", "duplicate", "older"):
        assert books["write", measure] > 0, measure
    assert books["framing", "quarantined"] > 0 and books["validation", "quarantined"] > 0


@dataclass(frozen=True)
class Held:
    """What `assert_whole` looks at."""

    home: Home
    ledger: Ledger

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        return duckdb.execute(query).fetchall()


def test_conservation_of_lines_rows_and_money(story: Story) -> None:
    company = story.company
    till = {name: text for name, text in story.sent.items() if name.startswith("till_")}
    with Ledger(company.home.ledger) as ledger:
        assert_whole(Held(company.home, ledger), till)  # type: ignore[arg-type]
        loaded = {a.name for a in ledger.arrivals() if a.status == "loaded"}
        twice = {a.name for a in ledger.arrivals() if a.status == "duplicate"}
    assert loaded | twice == {path.name for path in company.raw.glob("*.csv")}
    assert len({story.sent[name] for name in loaded}) == len(loaded), "no bytes are loaded twice"
    assert set(story.sent.values()) == {story.sent[name] for name in loaded}
    for version in VERSIONS:
        columns = ["batch", "source", "file_id", "feed", "mapping_index", "stage", "measure"]
        books = pd.DataFrame(
            company.rows(f"select {', '.join(columns)}, value from quality.conservation", version),
            columns=[*columns, "value"],
        )
        assert unbalanced(books) == set(), version
    rows = company.home.feed_rows("transactions")
    gone = company.home.feed_dir("transactions") / "superseded"
    kept = duckdb.execute(
        f"select count(*), sum(amount) from read_parquet('{rows}/*') where not is_deleted"
        f" and row_id not in (select row_id from read_parquet('{gone}/*')) and occurred_on <= ?",
        [WEDNESDAY],
    ).fetchone()
    assert kept and kept[0] > 0
    published = "select count(*), sum(amount) from core.fct_transaction"
    assert company.rows(published, VERSIONS[-1]) == [kept]


def test_idempotence(story: Story) -> None:
    assert story.again.code == 0
    before, after = story.files
    assert before and after == before, "the same inputs again write nothing"
    assert "nothing" in story.again.out
    assert [o.out.count("Published v00000") for o in (*story.nights, story.again)] == [1, 1, 1, 0]


@pytest.mark.parametrize("version", VERSIONS)
def test_order_split_and_files_sent_twice_change_nothing(story: Story, version: str) -> None:
    told = story.told[version]
    for world in story.base:
        for kind in ("s", "d"):
            other = world.as_of_kind(kind).mark
            assert w.differing(told[world.mark], told[other]) == {}, other


@pytest.mark.parametrize("version", VERSIONS)
def test_ten_times_the_money_is_tenfold(story: Story, version: str) -> None:
    told = story.told[version]
    for world in story.base:
        one, ten = told[world.mark], told[world.as_of_kind("m").mark]
        assert set(one) == set(ten)
        for table, rows in one.items():
            assert sums(ten[table]) == {
                name: 10 * value if "amount" in name else value
                for name, value in sums(rows).items()
            }, (world.mark, table)


def sums(rows: list[tuple[Any, ...]]) -> dict[str, Decimal]:
    """Sums of the columns of money, and counts of the others that are filled."""
    found: dict[str, Decimal] = {}
    for _, row in rows:
        for name, value in row.items():
            if value is not None:
                is_money = "amount" in name
                found[name] = found.get(name, Decimal(0)) + (Decimal(value) if is_money else 1)
    return found


def test_strangers_change_nobody(story: Story) -> None:
    """Who sends nothing after the first night stays as he was, whatever others send."""
    first, *later = (story.told[version] for version in VERSIONS)
    for world in story.base:
        mark = world.as_of_kind("r").mark
        assert w.differing(story.told[VERSIONS[0]][world.mark], first[mark]) == {}
        for told in later:
            changed = set(w.differing(first[mark], told[mark]))
            assert changed <= OF_THE_DAY, (mark, changed)


def test_a_refund_that_comes_later_and_a_line_taken_back_change_their_order(story: Story) -> None:
    worth = []
    for version in VERSIONS:
        (order,) = [row for _, row in story.told[version]["t00000"]["core.fct_order"]]
        worth.append(order["net_revenue_amount"])
    assert worth == [Decimal("32.00"), Decimal("29.00"), Decimal("22.00")]


def test_calls_of_nobody_are_counted_and_belong_to_nobody(story: Story) -> None:
    calls = [row for _, row in story.told[VERSIONS[-1]]["t00000"]["core.fct_interaction"]]
    assert [(c["interaction_id"], c["customer_id"], c["talk_seconds"]) for c in calls] == [
        ("t00000" + "1", None, 60.0), ("t00000" + "2", None, None),
    ]  # fmt: skip


def test_the_home_is_small(story: Story) -> None:
    """What is shown here is shown of files that a person can read: a failure names its world."""
    assert max(len(text) for text in story.sent.values()) < 10_000
    assert not list(Path(story.company.root).glob("**/*.wal"))


@pytest.mark.skipif(not IS_LONG, reason="a night more: part of make test-long")
def test_replay_of_the_nights_is_all_made_anew(story: Story) -> None:
    nights = hashes(story.company, VERSIONS[-1])
    in_full = story.company.night(WEDNESDAY, "--full")
    assert in_full.code == 0, in_full.all
    anew = hashes(story.company, "v000004")
    assert len(nights) > 40
    assert {t for t in {*nights, *anew} if nights.get(t) != anew.get(t)} == set()
