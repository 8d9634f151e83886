"""Dagster's instance under HOME: its settings, and a handle on it.

Belongs here: ``dagster.yaml``. Does not: what runs on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.durable import make_directory, write_durably
from orchestration.home import Home

if TYPE_CHECKING:
    from dagster import DagsterInstance

#: One run at a time; a killed run is tried once more, a stopped one is not.
DAGSTER_YAML = """\
telemetry:
  enabled: false
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
    if not file.exists() or file.read_text() != DAGSTER_YAML:
        write_durably(file, DAGSTER_YAML.encode())
    return home.dagster


def instance_of(home: Home) -> DagsterInstance:
    """Open HOME's instance; use it as a context manager."""
    from dagster import DagsterInstance

    return DagsterInstance.from_config(str(prepare_instance(home)))
