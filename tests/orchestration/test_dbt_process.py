"""The night's dbt process: several runs in one child, its events, and how it may end badly."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.dbt_process import DbtProcess

PROFILE = """
small:
  target: here
  outputs:
    here: {type: duckdb, path: "{{ env_var('SMALL_DATABASE') }}", threads: 1}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project of one model, which gives the number that the environment says."""
    (tmp_path / "models").mkdir()
    settings = "name: small\nprofile: small\nmodels: {+materialized: table}\n"
    (tmp_path / "dbt_project.yml").write_text(settings)
    (tmp_path / "profiles.yml").write_text(PROFILE)
    model = "select cast('{{ env_var('SMALL_NUMBER', '0') if execute else 0 }}' as integer) as n"
    (tmp_path / "models" / "one.sql").write_text(model)
    return tmp_path


@pytest.fixture
def dbt() -> Iterator[DbtProcess]:
    """A process as a night starts it."""
    process = DbtProcess()
    yield process
    process.close()


def _run(dbt: DbtProcess, project: Path, number: str, *more: str) -> list[str]:
    here = str(project)
    args = ["--log-level", "none", "--log-level-file", "none", "build", "--project-dir", here]
    given = {"SMALL_NUMBER": number, "SMALL_DATABASE": str(project / "small.duckdb")}
    told = dbt.run([*args, "--profiles-dir", here, *more], given)
    return [event["info"]["name"] for event in told]


def test_runs_share_a_process_and_leave_the_database_to_others(
    dbt: DbtProcess, project: Path
) -> None:
    for number in ("7", "8"):
        assert _run(dbt, project, number) == ["LogModelResult", "StatsLine"]
        assert dbt.error is None
        with duckdb.connect(str(project / "small.duckdb")) as con:  # to write, so nobody has it
            assert con.execute("select n from one").fetchall() == [(int(number),)]
    assert dbt.cpu_seconds > 0


def test_a_failed_model_is_told_and_the_next_run_is_none_the_worse(
    dbt: DbtProcess, project: Path
) -> None:
    assert "RunResultError" in _run(dbt, project, "no number")
    assert dbt.error is not None
    assert _run(dbt, project, "7") == ["LogModelResult", "StatsLine"]
    assert dbt.error is None


def test_what_dbt_refuses_at_once_is_an_error(dbt: DbtProcess, project: Path) -> None:
    assert _run(dbt, project, "7", "--no-such-option") == []
    assert "no-such-option" in str(dbt.error)


def test_a_process_that_dies_says_how() -> None:
    dies = "import sys; input(); print('out of memory'); sys.exit(3)"
    dbt = DbtProcess([sys.executable, "-c", dies])
    assert list(dbt.run([], {})) == []
    assert "status 3" in str(dbt.error)
    assert "out of memory" in str(dbt.error)
    dbt.close()


def test_a_run_that_nobody_waits_for_is_ended() -> None:
    event = json.dumps({"event": {"info": {}, "data": {}}})
    stays = f"import os, time; input(); print('{event}', flush=True); time.sleep(600)"
    dbt = DbtProcess([sys.executable, "-c", stays])
    events = dbt.run([], {})
    assert next(events) == {"info": {}, "data": {}}
    events.close()  # as an interrupt in the reader does
    with pytest.raises(ChildProcessError):  # it has ended, and was waited for
        os.waitpid(dbt._child.pid, os.WNOHANG)
