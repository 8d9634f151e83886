"""A night that is interrupted from outside (Ctrl-C, a time-out, a shutdown) says so."""

import os
import signal
import threading
import time
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration.assets.door import told_safely
from orchestration.cli.run import _why
from orchestration.night import INTERRUPTED, NightStopped


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


def test_a_query_that_a_signal_ends_is_an_interruption() -> None:
    """DuckDB raises an error of its own, caused by what the signal's handler raised."""
    seen: list[BaseException] = []

    @told_safely
    def query(context: Any) -> None:
        kill = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
        kill.start()
        # of its own and of one thread: what other threads have begun of a query, DuckDB waits for,
        # and with the module's connection it would be the next test that waits
        with duckdb.connect(config={"threads": 1}) as con:
            con.execute("select max(hash(a.range + b.range)) from range(200000) a, range(200000) b")

    @dg.op(name="query")
    def query_op(context: dg.OpExecutionContext) -> None:
        try:
            query(context)
        except NightStopped as stopped:
            seen.append(stopped)
            raise

    @dg.job(executor_def=dg.in_process_executor)
    def query_job() -> None:
        query_op()

    with dg.DagsterInstance.ephemeral() as instance:
        query_job.execute_in_process(instance=instance, raise_on_error=False)
    assert [str(error) for error in seen] == [INTERRUPTED]
