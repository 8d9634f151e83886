"""What is really so, written to truth/: for scoring the pipeline, which never reads it.

Belongs here: who is whom, latent states, risks, metrics of everybody asked, planted things; a table
is a query in sql/. Does not: anything that a source system could know.

Truth is of a last day: each `until` has a directory of its own, and none is ever changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from examples.retailer.plan import Plan, as_date
from examples.retailer.raw.files import FileNote, as_rows
from examples.retailer.scenario import Scenario
from examples.retailer.world.notes import HORIZON_DAYS

SQL = Path(__file__).parent / "sql"
BATCH_ROWS = 1_000_000


def queries() -> list[str]:
    """All SQL that the truth is made by: the tables that it names are kept of every block."""
    return [path.read_text(encoding="utf-8") for path in sorted(SQL.glob("*.sql"))]


def write_truth(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    scenario: Scenario,
    notes: list[FileNote],
    out: Path,
) -> None:
    """Write truth/<until>/: Parquet tables, files.parquet (a row a raw file), planted.json."""
    folder = out / "truth" / plan.until.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    con.execute(f"set variable horizon_days = {HORIZON_DAYS}")
    con.execute(f"set variable action_effect = {scenario.effects.action}")
    con.register("note", pa.Table.from_pylist(as_rows(notes)))
    con.execute((SQL / "_asked.sql").read_text(encoding="utf-8"))
    for path in sorted(SQL.glob("[a-z]*.sql")):
        # Batch by batch: a table of everybody's identifiers need not fit in memory.
        rows = con.execute(path.read_text(encoding="utf-8")).to_arrow_reader(BATCH_ROWS)
        with pq.ParquetWriter(folder / f"{path.stem}.parquet", rows.schema) as table:
            for batch in rows:
                table.write_batch(batch)
    pq.write_table(pa.Table.from_pylist(as_rows(notes)), folder / "files.parquet")
    text = json.dumps(_planted(con, plan, scenario), indent=2, sort_keys=True) + "\n"
    (folder / "planted.json").write_text(text, encoding="utf-8")


def _planted(con: duckdb.DuckDBPyConnection, plan: Plan, scenario: Scenario) -> dict[str, Any]:
    """Dates and things that are no table."""
    # What blocks of people count is added up; the rest they all say alike.
    facts = dict(
        con.execute(
            "select name, case when name = 'outage_driven_off' then sum(value) else min(value) end"
            " from fact group by name"
        ).fetchall()
    )
    return {
        "first_on": plan.first.isoformat(),
        "until_on": plan.until.isoformat(),
        "archive_on": plan.archive_on.isoformat(),
        "horizon_days": HORIZON_DAYS,
        "scenario": scenario.model_dump(),
        "scale_break_on": as_date(int(facts["scale_break_day"])).isoformat(),
        "outage": {
            "day_on": as_date(int(facts["outage_day"])).isoformat(),
            "members_driven_off": facts["outage_driven_off"],
        },
    }
