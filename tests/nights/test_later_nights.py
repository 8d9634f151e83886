"""The nights after the first: broken files mended, kills survived, everything equal to --full."""

from __future__ import annotations

import csv
import signal
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from orchestration.content import table_hashes
from orchestration.instance import instance_of
from orchestration.ledger import Ledger
from tests.nights.conftest import Attempts, Chapter
from tests.nights.later_nights import CORRECTED, TAKEN_BACK
from tests.nights.small_company import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    SmallCompany,
    calls_of,
    personal_values,
)


def sales_as_of(company: SmallCompany, day: date) -> tuple[int, Decimal]:
    """Lines and money of the raw files as of a day, worked out apart: newest version a receipt."""
    current: dict[str, dict[str, str]] = {}
    for file in sorted(company.raw.glob("sales_*.csv")):
        for line in csv.DictReader(file.read_text().splitlines()):
            held = current.get(line["receipt"])
            if held is None or line["version"] > held["version"]:
                current[line["receipt"]] = line
    end = f"{day + timedelta(days=1)}"
    kept = [r for r in current.values() if r["at"] < end and r["gone"] != "true"]
    return len(kept), sum((Decimal(row["total"]) for row in kept), Decimal(0))


def content(company: SmallCompany, version: str) -> dict[str, str]:
    """The content of a version and of the personal tables beside it, table by table."""
    found = table_hashes(company.home.version_file(version))
    kept_apart = table_hashes(company.home.restricted)
    return found | {f"restricted: {name}": value for name, value in kept_apart.items()}


def differing(one: dict[str, str], other: dict[str, str]) -> dict[str, tuple[str | None, ...]]:
    """Tables whose content differs."""
    names = sorted({*one, *other})
    return {n: (one.get(n), other.get(n)) for n in names if one.get(n) != other.get(n)}


def test_each_broken_file_is_named_until_it_is_mended(tuesday: Attempts) -> None:
    first, second, last = tuesday.outcomes
    assert first.code == 1 and "answers_2.csv" in first.line and "score" in first.line
    assert second.code == 1 and "sales_3.csv" in second.line and "33.3%" in second.line
    assert last.code == 0, last.all
    assert "Published v000002, as of 2025-03-11" in last.out


def test_after_mending_nothing_is_doubled_or_lost(tuesday: Attempts) -> None:
    company = tuesday.company
    found = company.rows("select count(*), sum(amount) from core.fct_transaction")
    assert found == [sales_as_of(company, TUESDAY)]
    answers = "select count(*), count(distinct response_id) from core.fct_survey_response"
    assert company.rows(answers) == [(80, 80)]
    with Ledger(company.home.ledger) as ledger:
        assert [(b.batch, b.status) for b in ledger.batches()][:2] == [(1, "done"), (2, "done")]


def test_late_corrected_and_deleted_rows_are_restated(tuesday: Attempts) -> None:
    ids = f"('{CORRECTED['receipt']}', '{TAKEN_BACK['receipt']}', 'L01')"
    asked = f"select transaction_id, amount from core.fct_transaction where transaction_id in {ids}"
    before = {CORRECTED["receipt"]: Decimal("15.50"), TAKEN_BACK["receipt"]: Decimal("16.50")}
    assert dict(tuesday.company.rows(asked, "v000001")) == before
    after = {CORRECTED["receipt"]: Decimal("99.99"), "L01": Decimal("77")}
    assert dict(tuesday.company.rows(asked)) == after


def test_a_person_who_left_the_snapshot_is_closed_not_forgotten(tuesday: Attempts) -> None:
    asked = "select count(*), count(*) filter (is_deleted) from core.dim_customer"
    assert tuesday.company.rows(asked) == [(30, 1)]


def test_a_source_that_may_use_its_last_is_stale_and_stops_nothing(tuesday: Attempts) -> None:
    company = tuesday.company
    loads = dict(company.rows("select source, status from quality.source_load"))
    assert loads == {
        "crm": "loaded", "sales": "loaded", "answers": "loaded", "calls": "stale",
        "partner": "skipped",
    }  # fmt: skip
    why = company.rows(
        "select reason_code, message from quality.source_load where source = 'calls'"
    )
    assert why[0][0] == "file.magic_mismatch" and "calls.csv" in why[0][1]
    assert "calls" in tuesday.outcomes[-1].out and "stale" in tuesday.outcomes[-1].out
    assert company.rows("select count(*) from core.fct_interaction") == [(60,)]


def test_every_metric_says_how_far_its_data_reach(tuesday: Attempts) -> None:
    rows = tuesday.company.rows(
        "select metric_name, min(data_through_at), max(data_through_at),"
        " count(*) filter (where data_through_at is null) from marts.mart_metric group by all"
    )
    assert rows and not any(missing for *_, missing in rows)
    through = {name: last for name, first, last, _ in rows if first == last}
    # answers and sales came on Tuesday; of the calls, whose file was none, the last ones serve
    assert through["nps"].date() == through["repeat_rate"].date() == TUESDAY
    last_call = max(call["at"] for number in range(1, 31) for call in calls_of(number))
    assert through["fcr_7d_rate"] == through["abandonment_rate"] < through["nps"]
    assert through["fcr_7d_rate"].date().isoformat() == last_call[:10] < str(TUESDAY)


def test_the_books_name_what_was_new_updated_and_twice(tuesday: Attempts) -> None:
    books = dict(
        tuesday.company.rows(
            "select measure, sum(value)::bigint from quality.conservation"
            " where feed = 'transactions' and batch = 2 and stage = 'write'"
            " and measure in ('new', 'updated', 'duplicate', 'older') group by all"
        )
    )
    # a file came again with other bytes, so that all of Monday's rows were looked at once more
    assert books == {"new": 61, "updated": 2, "duplicate": 1 + 169, "older": 0}


def test_versions_rise_and_the_one_before_can_serve_again(
    tuesday: Attempts, tmp_path: Path
) -> None:
    company = tuesday.company.copy_to(tmp_path / "copy")
    listed = company.command("versions").out.splitlines()
    assert listed[0].startswith("* v000002  as of 2025-03-11")
    assert listed[1].startswith("  v000001  as of 2025-03-10")
    rolled = company.command("rollback")
    assert rolled.code == 0 and "v000001 serves now" in rolled.out
    assert company.rows("select version, as_of_on from meta.pub_snapshot") == [("v000001", MONDAY)]
    assert company.command("versions").out.splitlines()[1].startswith("* v000001")
    assert company.command("rollback").code == 1
    assert company.command("rollback", "v000009").code == 1
    assert company.command("rollback", "v000002").code == 0
    assert company.rows("select version from meta.pub_snapshot") == [("v000002",)]


def test_a_killed_night_leaves_the_last_version_serving(wednesday: Attempts) -> None:
    for killed, asked in zip(wednesday.outcomes[:-1:2], wednesday.outcomes[1:-1:2], strict=True):
        assert killed.code == -signal.SIGKILL, killed.all
        assert asked.code == 0 and "v000002" in asked.out


def test_the_run_after_the_kills_publishes(wednesday: Attempts) -> None:
    last, company = wednesday.outcomes[-1], wednesday.company
    assert last.code == 0, last.all
    assert company.rows("select version, as_of_on from meta.pub_snapshot") == [
        ("v000003", WEDNESDAY)
    ]
    assert company.rows("select count(*), sum(amount) from core.fct_transaction") == [
        sales_as_of(company, WEDNESDAY)
    ]
    assert company.command("verify").code == 0
    with Ledger(company.home.ledger) as ledger:
        states = [run.status for run in ledger.runs()]
    assert states[-3:] == ["failed", "failed", "done"]


def test_nothing_of_the_killed_nights_is_left_running(wednesday: Attempts) -> None:
    """A run that is still marked as started would keep the next one waiting in the UI's queue."""
    with instance_of(wednesday.company.home) as instance:
        assert {run.status.value for run in instance.get_runs()} == {"SUCCESS", "FAILURE"}
    assert len(wednesday.company.builds()) <= 2


def test_kills_nights_and_a_full_rebuild_give_the_same_content(
    wednesday: Attempts, wednesday_in_full: Chapter
) -> None:
    assert wednesday_in_full.outcome.code == 0, wednesday_in_full.outcome.all
    one = content(wednesday.company, "v000003")
    other = content(wednesday_in_full.company, "v000003")
    assert len(one) > 40
    assert differing(one, other) == {}


def test_missed_nights_made_in_order_rise(wednesday: Attempts) -> None:
    company = wednesday.company
    newest = "select max(occurred_on) from core.fct_transaction"
    days = [company.rows(newest, f"v00000{number}")[0][0] for number in (1, 2, 3)]
    assert days[0] <= MONDAY and days[1:] == [TUESDAY, WEDNESDAY]


def test_a_gate_that_fails_after_core_publishes_nothing(stranger: Attempts) -> None:
    stopped = stranger.outcomes[0]
    assert stopped.code == 1
    for word in ("stopped: gate", "core.fct_transaction.row_count", "1e+06"):
        assert word in stopped.line.replace("1,000,000", "1e+06"), stopped.line
    assert "dbt marts" not in stopped.err
    assert [v for v in personal_values() if v.decode() in stopped.all] == []


def test_without_the_override_the_next_night_publishes(stranger: Attempts) -> None:
    assert stranger.outcomes[1].code == 0, stranger.outcomes[1].all
    assert stranger.company.rows("select version from meta.pub_snapshot") == [("v000004",)]
    assert len(stranger.company.builds()) <= 2


def test_a_changed_mapping_and_changed_models_are_built_anew(stranger: Attempts) -> None:
    assert "from the start" in stranger.outcomes[1].err
    assert "interactions: what makes it changed" in stranger.outcomes[1].err
    teams = stranger.company.rows("select team, count(*) from core.fct_interaction group by all")
    assert teams == [("night shift", 60)]


def test_an_unrelated_person_changes_no_other_row(stranger: Attempts) -> None:
    company = stranger.company
    for table in ("core.dim_customer", "core.bridge_identity", "core.fct_order"):
        before, after = (
            set(map(str, company.rows(f"from {table}", v))) for v in ("v000003", "v000004")
        )
        assert before - after == set(), table
        assert len(after) > len(before)
