"""The event log keeps its connections, and what it writes any reader of Dagster's finds."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_log import MOST_OPEN, SteadyEventLog
from orchestration.home import Home
from orchestration.instance import instance_of


@dg.asset(check_specs=[dg.AssetCheckSpec("counted", asset="made")])
def made() -> dg.MaterializeResult:
    """An asset with a number and a check."""
    checked = dg.AssetCheckResult(passed=True, check_name="counted", metadata={"n": 3})
    return dg.MaterializeResult(metadata={"rows": 3}, check_results=[checked])


def logged_run(home: Home) -> str:
    """Materialise the asset on a home's instance; give the run's id."""
    with instance_of(home) as instance:
        assert isinstance(instance.event_log_storage, SteadyEventLog)
        done = dg.materialize([made], instance=instance)
        assert done.success
        return done.run_id


def test_what_is_written_is_read_by_dagsters_own_class(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    run_id = logged_run(home)
    plain = SqliteEventLogStorage(str(home.dagster / "history" / "runs"))
    kinds = [str(entry.dagster_event_type) for entry in plain.get_logs_for_run(run_id)]
    assert any("ASSET_MATERIALIZATION" in kind for kind in kinds)
    assert any("ASSET_CHECK_EVALUATION" in kind for kind in kinds)
    assert any("PIPELINE_SUCCESS" in kind or "RUN_SUCCESS" in kind for kind in kinds)
    with instance_of(home) as instance:
        latest = instance.get_latest_materialization_event(dg.AssetKey("made"))
        assert latest is not None
        assert latest.run_id == run_id


def test_each_database_is_opened_once_and_few_at_a_time(tmp_path: Path) -> None:
    storage = SteadyEventLog(str(tmp_path))
    first = storage._engine("run_0")
    assert storage._engine("run_0") is first
    for number in range(MOST_OPEN + 3):
        storage._engine(f"run_{number}")
    assert len(storage._engines) == MOST_OPEN
    assert storage._engine("run_0") is not first
    storage.dispose()
    assert not storage._engines
    assert not list(tmp_path.glob("*-wal")), "a log was left: a connection is open"


def test_a_database_that_was_removed_is_made_again(tmp_path: Path) -> None:
    storage = SteadyEventLog(str(tmp_path))
    with storage.run_connection("gone"):
        pass
    for file in tmp_path.glob("gone*"):
        file.unlink()
    assert storage.get_logs_for_run("gone") == []
    assert (tmp_path / "gone.db").exists()
    storage.dispose()
