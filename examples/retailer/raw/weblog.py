"""The web server's log: typed rows in Parquet, a file a month of the archive, then one a day.

Belongs here: cutting the log into files. Does not: what a row holds (sql/web.sql).
"""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from examples.retailer.plan import Plan
from examples.retailer.raw.database import SQL
from examples.retailer.raw.families import MONTHS, Family
from examples.retailer.raw.files import FileNote, label, period_sql, put

WEBLOG = Family("web", "web/log_{period}.parquet", None, archive=MONTHS)


def write_weblog(con: duckdb.DuckDBPyConnection, plan: Plan, out: Path) -> list[FileNote]:
    """Write the files of the log that are not there yet, below `out`/raw; notes for all."""
    rows = (SQL / "web.sql").read_text(encoding="utf-8")
    table = con.execute(
        f"select {period_sql(WEBLOG)} as period, * from ({rows})"
        " where day <= getvariable('until_day') order by period, day, ord"
    ).to_arrow_table()
    period = table["period"].to_numpy()
    starts = np.flatnonzero(np.diff(period, prepend=-1))
    ends = np.append(starts[1:], len(period))[: len(starts)]
    columns = table.drop_columns(["period", "day", "ord"])
    notes = []
    for start, end in zip(starts, ends, strict=True):
        part = columns.slice(start, end - start)
        buffer = io.BytesIO()
        pq.write_table(part, buffer, compression="zstd")
        path = "raw/" + WEBLOG.path.format(period=label(plan, int(period[start])))
        put(out / path, buffer.getvalue())
        notes.append(FileNote(path, WEBLOG.name, len(part), 0, 0, 0, 0))
    return notes
