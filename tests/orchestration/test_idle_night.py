"""A tick of the schedule at a fixed time launches a night that finds nothing new, and says no more.

Dagster warns of none of the gates that such a night skips.
"""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from orchestration import settings
from orchestration.assets import checks, feeds, sources
from orchestration.company import load_company
from orchestration.definitions import build_definitions
from orchestration.feeds import ensure_empty_feeds
from orchestration.feeds.results import UNCHANGED, FeedResult
from orchestration.home import Home
from orchestration.instance import instance_of
from orchestration.landing import SourceResult, SourceStatus
from orchestration.ledger import Ledger, Version
from orchestration.night import close_night
from orchestration.schedules import JOB
from quality.contracts import load_contracts
from tests.orchestration.test_graph import COMPANY, ZONE


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources, feeds and their gate as they are on a night to which nothing came."""
    is_same = SourceStatus.UNCHANGED
    monkeypatch.setattr(sources, "land", lambda _, name: SourceResult(name, is_same))
    monkeypatch.setattr(feeds, "write", lambda _, feed: FeedResult(feed, UNCHANGED))
    monkeypatch.setattr(feeds, "settle", lambda _: None)
    monkeypatch.setattr(feeds, "is_new", lambda _: False)
    monkeypatch.setattr(checks, "is_idle", lambda _: True)


def tick_of(definitions: dg.Definitions) -> dg.RunRequest:
    """What the schedule asks for, half past three after the business date that ended."""
    morning = settings.yesterday(ZONE) + dt.timedelta(days=1)
    at = dt.datetime.combine(morning, dt.time(3, 30), ZoneInfo(ZONE))
    with dg.build_schedule_context(
        scheduled_execution_time=at, repository_def=definitions.get_repository_def()
    ) as context:
        (request,) = (
            definitions.resolve_schedule_def("every_night").evaluate_tick(context).run_requests
            or ()
        )
    return request


@pytest.mark.usefixtures("idle")
def test_gates_that_are_skipped_are_no_warning(tmp_path: Path, caplog) -> None:
    (tmp_path / "company.yml").write_text(COMPANY, encoding="utf-8")
    home = Home(tmp_path / "home").prepare()
    ensure_empty_feeds(home, load_contracts())
    now = dt.datetime.now(dt.UTC)
    with Ledger(home.ledger) as ledger:
        ledger.add_version(Version("v000007", "b", now.date(), now, "", 1, "", ""))
    definitions = build_definitions(load_company(tmp_path / "company.yml", {}), home)
    request = tick_of(definitions)
    with instance_of(home) as instance, caplog.at_level(logging.WARNING):
        result = definitions.resolve_job_def(JOB).execute_in_process(
            instance=instance,
            run_config=request.run_config,
            partition_key=request.partition_key,
            tags=request.tags,
        )
    assert result.success
    skipped = [event for event in result.all_events if event.is_step_skipped]
    assert {"gate_core", "gate_marts", "gate_scores"} <= {e.step_key for e in skipped}
    assert [r.getMessage() for r in caplog.records if "no result" in r.getMessage()] == []
    planner = logging.getLogger("dagster._core.execution.plan.active")
    close_night(result.run_id)
    planner.warning("Blocking asset check %r emitted no result", "of a night that is none of these")
    assert "of a night that is none of these" in caplog.text
    with Ledger(home.ledger) as ledger:
        (run,) = ledger.runs()
    assert (run.status, run.message) == ("unchanged", "nothing new since v000007; it serves on")
