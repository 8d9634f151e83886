"""A night that is interrupted from outside (Ctrl-C, a time-out, a shutdown) says so."""

from __future__ import annotations

import os
import signal
import time

import dagster as dg
import pytest

from orchestration.cli.run import _why


@dg.op
def interrupted() -> None:
    os.kill(os.getpid(), signal.SIGTERM)  # what a time-out sends; Dagster raises it as its own
    time.sleep(5)


@dg.op
def wrong() -> None:
    raise ValueError("a fault of a step")


@dg.job(executor_def=dg.in_process_executor)
def stopped_job() -> None:
    interrupted()


@dg.job(executor_def=dg.in_process_executor)
def failing_job() -> None:
    wrong()


@pytest.mark.parametrize(
    ("job", "says"), [(stopped_job, "interrupted from outside"), (failing_job, "a step failed")]
)
def test_an_interruption_is_told_from_a_failure(job: dg.JobDefinition, says: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    assert _why(result).startswith(says)
