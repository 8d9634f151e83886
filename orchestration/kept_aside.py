"""What is kept aside and still stands, counted by source, feed, stage and reason.

Belongs here: which records of the quarantine still stand, and their counts. Does not: the records,
which stay as they are (their history is in their files), nor why a row was set aside.

A record stands for as long as what it is of does. Lines and rows: while their file makes up its
source, or waits as the last that was sent under its name and was refused. A row that was worked out
anew since stands by its last record, and not where it has come into the feed. A field: while its
row's version is current.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from orchestration.home import Home
from orchestration.landing.holdings import Holdings
from orchestration.night import Night
from orchestration.sql_text import literal
from quality.reasons import REASONS

QUARANTINE_TYPES = {
    "source": "varchar", "feed": "varchar", "stage": "varchar", "reason_code": "varchar",
    "handling": "varchar", "n_rows": "bigint",
}  # fmt: skip


def quarantine_frame(night: Night) -> pd.DataFrame:
    """Count what stands aside by source, feed, stage (line, row, field) and reason."""
    root = night.home.root / "quarantine"
    with duckdb.connect() as connection:
        _load_standing(connection, night)
        parts = [
            _count(
                connection, "line", root / "lines",
                "select source_name, null::varchar as feed, unnest(reasons) as reason from kept"
                " semi join standing using (source_name, file_id)",
            )
        ]  # fmt: skip
        for folder in sorted((root / "rows").glob("*")):
            parts.append(_count(connection, "row", folder, _rows_standing(night.home, folder.name)))
        for folder in sorted((root / "fields").glob("*")):
            select = _fields_standing(night.home, folder.name)
            parts.append(_count(connection, "field", folder, select))
    found = pd.concat(parts, ignore_index=True)
    # what is kept of a field was made NULL, though the same code holds a required field's row back
    found["handling"] = [
        "K" if stage == "field" else handling_of(code)
        for stage, code in zip(found["stage"], found["reason_code"], strict=True)
    ]
    return found.reindex(columns=list(QUARANTINE_TYPES))


def _load_standing(connection: duckdb.DuckDBPyConnection, night: Night) -> None:
    """Make `standing`: the files (source_name, file_id) of which records stand."""
    files = [
        (source.name, file_id)
        for source in night.company.sources.values()
        for file_id in Holdings(night.ledger.arrivals(source.name), source.mode).standing()
    ]
    frame = pd.DataFrame(files, columns=["source_name", "file_id"], dtype="str")
    connection.register("standing_files", frame)
    connection.execute(
        "create table standing as select source_name::varchar as source_name,"
        " file_id::varchar as file_id from standing_files"
    )


def _rows_standing(home: Home, feed: str) -> str:
    """The rows of `kept` that stand, a row each reason; one row may have been judged twice."""
    rows = literal(str(home.feed_rows(feed) / "*.parquet"))
    return (
        f"select source_name, {literal(feed)} as feed, unnest(reasons) as reason from"
        " (select *, max(batch) over (partition by mapping_index, source_row, ordinal)"
        " as last_batch from kept semi join standing using (source_name, file_id)) as judged"
        f" anti join read_parquet({rows}) as taken on taken.mapping_index = judged.mapping_index"
        " and taken.source_row = judged.source_row and taken.batch > judged.batch"
        " where batch = last_batch"
    )


def _fields_standing(home: Home, feed: str) -> str:
    """The fields of `kept` whose row's version is current; the row knows its source."""
    rows = literal(str(home.feed_rows(feed) / "*.parquet"))
    gone = literal(str(home.feed_dir(feed) / "superseded" / "*.parquet"))
    return (
        f"select source_name, {literal(feed)} as feed, kept.reason from kept"
        f" join read_parquet({rows}, union_by_name = true) using (row_id)"
        f" where kept.row_id not in (select row_id from read_parquet({gone}))"
    )


def _count(
    connection: duckdb.DuckDBPyConnection, stage: str, folder: Path, select: str
) -> pd.DataFrame:
    """Count what ``select`` gives of a folder's files, seen as ``kept``, by reason."""
    columns = "source_name as source, feed, reason as reason_code, count(*) as n_rows"
    if not any(folder.glob("**/*.parquet")):
        found = pd.DataFrame(columns=["source", "feed", "reason_code", "n_rows"])
    else:
        found = connection.execute(
            "with kept as (select * from read_parquet(?, union_by_name = true))"
            f" select {columns} from ({select}) group by all order by all",
            [str(folder / "**" / "*.parquet")],
        ).df()
    return found.assign(stage=stage)


def handling_of(code: str) -> str | None:
    """Give a reason's handling; a field's own code (``score.range``) falls back to its family."""
    known = REASONS.get(code) or REASONS.get("f." + code.rsplit(".", 1)[-1])
    return str(known.handling) if known else None
