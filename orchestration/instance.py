"""Dagster's instance under HOME: its settings, and a handle on it.

Belongs here: ``dagster.yaml``. Does not: what runs on it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.durable import make_directory, write_durably
from orchestration.home import Home

if TYPE_CHECKING:
    from dagster import DagsterInstance

#: Nobody is told of us or asked to join (nux); a terminal shows what steps say and not each event,
#: which the UI has anyway; one run at a time; a killed run is tried once more,
#: a stopped one is not; the event log keeps its files open.
DAGSTER_YAML = """\
event_log_storage:
  module: orchestration.event_log
  class: SteadyEventLog
  config:
    base_dir: {event_log}
telemetry:
  enabled: false
nux:
  enabled: false
python_logs:
  python_log_level: INFO
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    default_limit: 1
run_monitoring:
  enabled: true
  start_timeout_seconds: 120
  cancel_timeout_seconds: 60
  max_runtime_seconds: 10800
run_retries:
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false
"""


def prepare_instance(home: Home) -> Path:
    """Write ``dagster.yaml`` where it is not as it should be; give the instance's directory."""
    make_directory(home.dagster)
    file = home.dagster / "dagster.yaml"
    text = DAGSTER_YAML.format(event_log=json.dumps(str(home.dagster / "history" / "runs")))
    if not file.exists() or file.read_text() != text:
        write_durably(file, text.encode())
    return home.dagster


def instance_of(home: Home) -> DagsterInstance:
    """Open HOME's instance; use it as a context manager."""
    from dagster import DagsterInstance

    return DagsterInstance.from_config(str(prepare_instance(home)))


def fail_stale_runs(instance: DagsterInstance, run_id: str) -> int:
    """Mark runs as failed whose process is gone, for the holder of HOME's lock to call.

    A killed run stays marked as started, and would keep the next one waiting in the queue.

    Args:
        instance: HOME's instance.
        run_id: The run that holds the lock; it is left alone.

    Returns:
        How many there were.
    """
    from dagster import DagsterRunStatus, RunsFilter

    writing = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
    stale = [r for r in instance.get_runs(RunsFilter(statuses=writing)) if r.run_id != run_id]
    for run in stale:
        instance.report_run_failed(run, "the run was killed")
    return len(stale)
