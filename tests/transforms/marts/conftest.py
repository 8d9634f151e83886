"""One build of the marts over small core tables, for all tests of this folder.

Not here: what the marts should say of them (the tests).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.transforms.marts.core_tables import create_core, open_build, write_benchmark
from tests.transforms.marts.small_company import ANSWERS, fill, random_answers
from tests.transforms.marts.vendor import plant_vendor

PROJECT = Path(__file__).resolve().parents[3] / "transforms"
VARIABLES = {
    "as_of": "2024-12-31",
    "timezone": "UTC",
    "minimum_n": 10,
    "churn_kind": "auto",
    "churn_horizon_days": 60,
    "slices": ["channel", "region", "team", "delivery"],
    "slice_pairs": [["channel", "region"]],
}
Query = Callable[[str], pd.DataFrame]


def dbt(build: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One dbt process on the project and a build directory."""
    command = [str(Path(sys.executable).with_name("dbt")), "--no-version-check", *arguments]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    command += ["--target-path", str(build / "target"), "--log-path", str(build / "logs")]
    command += ["--vars", json.dumps(VARIABLES)]
    places = {"WHOLEVIEW_HOME": str(build), "WHOLEVIEW_BUILD": str(build)}
    return subprocess.run(
        command, env={**os.environ, **places}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def marts_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build whose marts, with their data tests and unit tests, dbt has just made."""
    build = tmp_path_factory.mktemp("marts")
    with open_build(build) as connection:
        create_core(connection)
        fill(connection)
        connection.register("answers", random_answers())
        connection.execute(f"insert into core.fct_survey_response by name {ANSWERS}")
        plant_vendor(connection, build)
    write_benchmark(build)
    selection = ["path:models/marts", "resource_type:seed", "published_metric_definition"]
    done = dbt(build, "build", "--select", *selection)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "unit_test" in done.stdout
    return build


@pytest.fixture(scope="session")
def query(marts_build: Path) -> Iterator[Query]:
    """Runs SQL on the build that the marts are in."""
    with open_build(marts_build) as connection:
        yield lambda sql: connection.execute(sql).df()
