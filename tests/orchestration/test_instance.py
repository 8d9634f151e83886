"""Dagster's instance: what a crash left as started does not keep the next night waiting."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from orchestration.cli.ui import _free_the_queue
from orchestration.home import Home
from orchestration.instance import fail_stale_runs, instance_of

STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@dg.job
def nothing() -> None:
    """A job for runs that are only noted."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


def start(home: Home) -> str:
    with instance_of(home) as instance:
        return instance.create_run_for_job(nothing, status=STARTED).run_id


def status(home: Home, run_id: str) -> dg.DagsterRunStatus:
    with instance_of(home) as instance:
        run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_the_holder_of_the_lock_fails_all_runs_but_its_own(home: Home) -> None:
    killed, own = start(home), start(home)
    with instance_of(home) as instance:
        assert fail_stale_runs(instance, own) == 1
    assert (status(home, killed), status(home, own)) == (FAILURE, STARTED)


def test_the_ui_frees_its_queue_unless_a_run_is_under_way(home: Home) -> None:
    run_id = start(home)
    with home.lock():
        _free_the_queue(home)
    assert status(home, run_id) == STARTED
    _free_the_queue(home)
    assert status(home, run_id) == FAILURE
