"""What a person decides of two customers: the next run follows, and taken back nothing is left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.ledger import Ledger
from tests.nights.conftest import Chapter
from tests.nights.small_company import MONDAY, Outcome, SmallCompany, personal_values
from tests.nights.test_later_nights import content, differing

TOLD = ("--by", "Ann Lee", "--why", "the same passport")
FIVE_AND_SIX = ("--left", "crm:C05", "--right", "crm:C06")
QUALITY = "marts.mart_identity_quality"
MONEY = "select count(*), sum(amount), count(customer_id) from core.fct_transaction"
MERGED = (
    "select customer_id, previous_customer_id from core.fct_identity_event"
    " where event_type = 'merged'"
)
FACTS = (
    "select (select count(*) from core.fct_interaction), (select count(*) from"
    " core.fct_survey_response), (select count(*) from core.fct_order)"
)


@dataclass(frozen=True)
class Story:
    """A home after: a decision, a night, its being taken back, and a night."""

    company: SmallCompany
    first: dict[str, str]
    said: dict[str, Outcome]
    learnt: list[list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def story(monday: Chapter, tmp_path_factory: pytest.TempPathFactory) -> Story:
    company = monday.company.copy_to(tmp_path_factory.mktemp("decisions") / "home")
    first = content(company, "v000001")
    said: dict[str, Outcome] = {}
    learnt = [company.learnt_from()]
    for name, arguments in {
        "unknown": ("--left", "crm:C77", "--right", "crm:C06", "--must-link"),
        "same": ("--left", "crm:C05", "--right", "crm:C05", "--must-link"),
        "no id": ("--left", "C05", "--right", "crm:C06", "--must-link"),
        "nothing said": FIVE_AND_SIX,
        "nothing to undo": (*FIVE_AND_SIX, "--undo"),
        "decided": (*FIVE_AND_SIX, "--must-link"),
        "twice": (*FIVE_AND_SIX, "--must-link"),
        "against": ("--left", "crm:C06", "--right", "crm:C05", "--cannot-link"),
        "chain": ("--left", "crm:C06", "--right", "crm:C07", "--cannot-link"),
        "against the chain": ("--left", "crm:C05", "--right", "crm:C07", "--must-link"),
    }.items():
        said[name] = company.command("identity", "decide", *arguments, *TOLD)
    said["listed"] = company.command("identity", "review", "--decided")
    said["night"] = company.night(MONDAY, "--full")  # a rebuild keeps to what stands, too
    learnt.append(company.learnt_from())
    for name, pair in {
        "chain back": ("crm:C07", "crm:C06"),
        "back": ("crm:C05", "crm:C06"),
    }.items():
        sides = ("--left", pair[0], "--right", pair[1])
        said[name] = company.command("identity", "decide", *sides, *TOLD, "--undo")
    said["night after"] = company.night(MONDAY)
    return Story(company, first, said, [*learnt, company.learnt_from()])


def test_what_cannot_be_decided_is_refused_with_the_next_step(story: Story) -> None:
    expected = {
        "unknown": ("--left", "source system crm", "identity review"),
        "same": ("nothing to decide",),
        "no id": ("source_system:source_customer_id", "customer_id"),
        "nothing said": ("--must-link", "--undo"),
        "nothing to undo": ("no decision stands", "--decided"),
        "twice": ("Ann Lee decided", "--undo"),
        "against": ("are one customer already", "--undo"),
        "against the chain": ("contradicts", "take that back first"),
    }
    for name, words in expected.items():
        outcome = story.said[name]
        assert outcome.code == 2, (name, outcome.all)
        assert all(word in outcome.line for word in words), outcome.line
        assert not any(v.decode() in outcome.all for v in personal_values())


def test_decisions_are_kept_with_who_and_why_and_without_a_sources_id(story: Story) -> None:
    assert story.said["decided"].code == story.said["chain"].code == 0
    assert "from the next run on all facts follow" in story.said["decided"].out
    assert story.said["listed"].out.count("Ann Lee decided on") == 2
    assert "the same passport" in story.said["listed"].out
    with Ledger(story.company.home.ledger) as ledger:
        kept = ledger.decisions()
    assert [d.verdict for d in kept] == ["must_link", "cannot_link", "undo", "undo"]
    assert not any("C05" in f"{d}" for d in kept)


def test_from_the_next_run_on_every_fact_follows(story: Story) -> None:
    company = story.company
    assert story.said["night"].code == 0
    assert company.rows("select count(*) from core.dim_customer", "v000001") == [(30,)]
    assert company.rows("select count(*) from core.dim_customer", "v000002") == [(29,)]
    for facts in (MONEY, FACTS):
        assert company.rows(facts, "v000001") == company.rows(facts, "v000002")
    ((kept, gone),) = company.rows(MERGED, "v000002")
    of = "select count(*), sum(amount) from core.fct_transaction where customer_id in ('{}', '{}')"
    assert company.rows(of.format(kept, gone), "v000001") == company.rows(
        of.format(kept, kept), "v000002"
    )
    assert company.rows(of.format(gone, gone), "v000002") == [(0, None)]


def test_only_rows_of_whom_a_merge_touches_are_restated(story: Story) -> None:
    ((kept, gone),) = story.company.rows(MERGED, "v000002")
    with duckdb.connect() as con:
        for name in ("v000001", "v000002"):
            con.execute(f"attach '{story.company.home.version_file(name)}' as {name} (read_only)")
        tables = con.execute(
            "select distinct schema_name || '.' || table_name from duckdb_columns()"
            " where database_name = 'v000001' and column_name = 'customer_id'"
        ).fetchall()
        restated = {
            table: con.sql(
                f"(from v000001.{table} except all from v000002.{table}) union all"
                f" (from v000002.{table} except all from v000001.{table})"
            )
            .filter(f"customer_id is not null and customer_id not in ('{kept}', '{gone}')")
            .shape[0]
            for (table,) in tables
        }
    assert len(restated) > 10
    # fifths of all customers: with one fewer, others move
    assert {table for table, n in restated.items() if n} <= {"marts.mart_rfm"}


def test_taken_back_the_warehouse_is_of_equal_content(story: Story) -> None:
    assert story.said["back"].code == 0 and story.said["night after"].code == 0
    assert "Published v000003" in story.said["night after"].out  # not idle, though no file is new
    # what a night changed of ids is a figure of that night, as the log is
    assert set(differing(story.first, content(story.company, "v000003"))) == {QUALITY}
    rows = [
        set(story.company.rows(f"select metric, value, n from {QUALITY}", version))
        for version in ("v000001", "v000003")
    ]
    assert {metric for metric, *_ in rows[0] ^ rows[1]} == {"id_changes_per_million"}
    log = "select event_type, count(*) from core.fct_identity_event group by all order by all"
    assert story.company.rows(log) == [("created", 30), ("merged", 1), ("split", 1)]


def test_the_past_that_a_model_learns_from_has_two_until_the_night_that_made_them_one(
    story: Story,
) -> None:
    before, joined, after = story.learnt
    ((kept, gone),) = story.company.rows(MERGED)

    def seen(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
        return {one: [on for name, on, *_ in rows if name == one] for one in (kept, gone)}

    assert len(seen(before)[gone]) > 2 and seen(before)[gone][-1] == MONDAY
    assert seen(joined) == {kept: seen(before)[kept], gone: seen(before)[gone][:-1]}
    past = [[row[:-1] for row in rows if row[1] < MONDAY] for rows in story.learnt]
    assert past[0] == past[1]  # what became of them, the last column, is told by today's map
    of_today = [[row for row in rows if row[:2] == (kept, MONDAY)] for rows in story.learnt]
    assert len(of_today[1]) == 1 and of_today[0] != of_today[1]
    assert after == before


def test_no_value_of_a_decision_is_in_what_is_published(story: Story, tmp_path: Path) -> None:
    file = story.company.home.version_file("v000003").read_bytes()
    assert not any(value in file for value in personal_values())
