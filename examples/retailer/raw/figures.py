"""What the survey tool reports of itself: figures over everybody, once all blocks are there.

Belongs here: cutting the report into files. Does not: how the tool works its figures out
(sql/_figures.sql).
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import duckdb

from examples.retailer.plan import Plan
from examples.retailer.raw.database import SQL
from examples.retailer.raw.families import Family
from examples.retailer.raw.files import FileNote, label, put

FIGURES = Family(
    "survey_figures", "surveys/figures_{period}.csv", "Programme;Period;Answers;Figure"
)


def write_figures(con: duckdb.DuckDBPyConnection, plan: Plan, out: Path) -> list[FileNote]:
    """Write the report's files that are not there yet, below `out`/raw; notes for all.

    The days of the archive give one file, there even without a figure; each later day on which the
    tool reports gives one more.
    """
    rows = con.execute((SQL / "_figures.sql").read_text(encoding="utf-8")).fetchall()
    lines: dict[int, list[str]] = {1: []} if plan.archive_day >= plan.first_day else {}
    for day, found in groupby(rows, key=lambda row: int(row[0])):
        period = 1 if day <= plan.archive_day else day
        lines.setdefault(period, []).extend(row[-1] for row in found)
    if not lines:
        lines[plan.first_day] = []
    notes = []
    for period, body in lines.items():
        path = "raw/" + FIGURES.path.format(period=label(plan, period))
        put(out / path, FIGURES.start() + "".join(body).encode())
        notes.append(FileNote(path, FIGURES.name, len(body), 0, 0, 0, 0))
    return notes
