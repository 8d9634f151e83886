"""dbt builds what does not fit in memory: it spills, and goes on with the next model."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import duckdb

from orchestration import settings
from orchestration.warehouse_project import dbt_executable

N_ROWS = 1_500_000
PROJECT = "name: spilling\nprofile: wholeview\nmodels:\n  spilling:\n    +materialized: table\n"
MODEL = f"select range as n, hash(range)::varchar as h from range({N_ROWS}) order by h"


def test_models_that_spill_are_built_one_after_another(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    (tmp_path / "models").mkdir()
    for name in ("first", "second"):
        (tmp_path / "models" / f"{name}.sql").write_text(MODEL)
    call = subprocess.run(
        [dbt_executable(), "run", "--project-dir", str(tmp_path),
         "--profiles-dir", str(settings.TRANSFORMS), "--target-path", str(tmp_path / "target")],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "WHOLEVIEW_BUILD": str(tmp_path), "WHOLEVIEW_MEMORY_LIMIT": "60MB",
             "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
    )  # fmt: skip
    assert call.returncode == 0, call.stdout[-2000:]
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as con:
        assert con.sql("select count(*) from second").fetchall() == [(N_ROWS,)]
