"""What is kept aside and still stands: each record of the quarantine, and their counts.

Belongs here: which records of the quarantine still stand, and their counts. Does not: the records,
which stay as they are (their history is in their files), nor why a row was set aside.

A record stands for as long as what it is of does. Lines and rows: while their file makes up its
source, or waits as the last that was sent under its name and was refused. A row that was worked out
anew since stands by its last record, and not where it has come into the feed. A field: while its
row's version is current.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from orchestration.home import Home
from orchestration.landing.holdings import Holdings
from orchestration.ledger import Ledger
from orchestration.sql_text import literal
from quality.reasons import REASONS

if TYPE_CHECKING:
    from orchestration.company import Company

QUARANTINE_TYPES = {
    "source": "varchar", "feed": "varchar", "stage": "varchar", "reason_code": "varchar",
    "handling": "varchar", "n_rows": "bigint",
}  # fmt: skip

#: The view of what stands: a row each record; `raw` is bytes of a line, `text` that of the others.
STANDING = "kept_aside"
_NONE = (
    "select null::varchar as stage, null::varchar as source, null::varchar as feed,"
    " null::varchar as file_name, null::varchar as file_id, null::bigint as first_line,"
    " null::bigint as last_line, null::varchar[] as reasons, null::varchar[] as details,"
    " null::blob as raw, null::varchar as text, null::bigint as batch where false"
)


def count_reasons(
    home: Home, ledger: Ledger, company: Company, condition: str = "true"
) -> list[tuple[str, str | None, str, str, int]]:
    """Count what stands aside, a record once for each of its reasons.

    Args:
        home: a prepared HOME.
        ledger: its ledger.
        company: the company file.
        condition: SQL over the columns of the view of standing records.

    Returns:
        Rows of source, feed (None of a line), stage (line, row, field), reason and count.
    """
    with duckdb.connect() as connection:
        create_standing(connection, home, ledger, company)
        return connection.execute(
            "select source, feed, stage, reason, count(*) from"
            f" (select *, unnest(reasons) as reason from {STANDING} where {condition})"
            " group by all order by source, feed nulls first, stage, reason"
        ).fetchall()


def quarantine_frame(home: Home, ledger: Ledger, company: Company) -> pd.DataFrame:
    """Count what stands aside by source, feed, stage and reason, with what is done with each."""
    rows = [
        (source, feed, stage, code, stage_handling(stage, code), n)
        for source, feed, stage, code, n in count_reasons(home, ledger, company)
    ]
    return pd.DataFrame(rows, columns=list(QUARANTINE_TYPES))


def create_standing(
    connection: duckdb.DuckDBPyConnection, home: Home, ledger: Ledger, company: Company
) -> None:
    """Make the view `kept_aside` of all records that stand, with their file and lines."""
    _load_files(connection, ledger, company)
    root = home.root / "quarantine"
    parts = [_NONE]
    if _has_files(root / "lines"):
        parts.append(_lines(root / "lines"))
    for folder in sorted((root / "rows").glob("*")):
        if _has_files(folder):
            parts.append(_rows(home, folder))
    for folder in sorted((root / "fields").glob("*")):
        if _has_files(folder):
            parts.append(_fields(home, folder))
    union = "\nunion all by name\n".join(parts)
    connection.execute(f"create or replace temp view {STANDING} as {union}")


def _has_files(folder: Path) -> bool:
    return any(folder.glob("**/*.parquet"))


def _kept(folder: Path) -> str:
    files = literal(str(folder / "**" / "*.parquet"))
    return f"(select * from read_parquet({files}, union_by_name = true))"


def _load_files(connection: duckdb.DuckDBPyConnection, ledger: Ledger, company: Company) -> None:
    """Make `standing`: the files (source_name, file_id) of which records stand; `received`: all."""
    standing = [
        (source.name, file_id)
        for source in company.sources.values()
        for file_id in Holdings(ledger.arrivals(source.name), source.mode).standing()
    ]
    received = [(a.source, a.file_id, a.name) for a in ledger.arrivals()]
    columns = ["source_name", "file_id", "file_name"]
    for table, files in (("standing", standing), ("received", received)):
        names = columns[: 2 if table == "standing" else 3]
        connection.register("given_files", pd.DataFrame(files, columns=names, dtype="str"))
        typed = ", ".join(f"{name}::varchar as {name}" for name in names)
        connection.execute(
            f"create or replace temp table {table} as select distinct {typed} from given_files"
        )
        connection.unregister("given_files")


def _lines(folder: Path) -> str:
    return (
        "select 'line' as stage, source_name as source, file_name, file_id, first_line, last_line,"
        f" reasons, reasons as details, raw_bytes as raw, batch from {_kept(folder)} as kept"
        " semi join standing using (source_name, file_id)"
    )


def _rows(home: Home, folder: Path) -> str:
    """The rows of a feed that stand; one row may have been judged twice."""
    rows = literal(str(home.feed_rows(folder.name) / "*.parquet"))
    return (
        f"select 'row' as stage, source_name as source, {literal(folder.name)} as feed, file_name,"
        " file_id, first_line, last_line, reasons, details, raw_text as text, batch from"
        " (select *, max(batch) over (partition by mapping_index, source_row, ordinal)"
        f" as last_batch from {_kept(folder)} as kept"
        " semi join standing using (source_name, file_id)) as judged"
        f" anti join read_parquet({rows}) as taken on taken.mapping_index = judged.mapping_index"
        " and taken.source_row = judged.source_row and taken.batch > judged.batch"
        " where batch = last_batch"
    )


def _fields(home: Home, folder: Path) -> str:
    """The fields of a feed whose row's version is current; the row knows its source and line."""
    rows = literal(str(home.feed_rows(folder.name) / "*.parquet"))
    gone = literal(str(home.feed_dir(folder.name) / "superseded" / "*.parquet"))
    return (
        f"select 'field' as stage, r.source_name as source, {literal(folder.name)} as feed,"
        " (select min(file_name) from received as f where f.source_name = r.source_name"
        " and f.file_id = r.file_id) as file_name, r.file_id, r.line as first_line,"
        " r.line as last_line, [kept.reason] as reasons, [kept.reason || ':' || kept.field]"
        f" as details, kept.raw_text as text, kept.batch from {_kept(folder)} as kept"
        f" join read_parquet({rows}, union_by_name = true) as r using (row_id)"
        f" where kept.row_id not in (select row_id from read_parquet({gone}))"
    )


def stage_handling(stage: str, code: str) -> str | None:
    """What is done with a code at a stage.

    What is kept of a field was made NULL, though the same code holds a required field's row back.
    """
    return "K" if stage == "field" else handling_of(code)


def handling_of(code: str) -> str | None:
    """Give a reason's handling; a field's own code (``score.range``) falls back to its family."""
    known = REASONS.get(code) or REASONS.get("f." + code.rsplit(".", 1)[-1])
    return str(known.handling) if known else None
