"""How many new rows each stream brought by day.

Not here: which day a row counts for (numbers), and what rows hold (measures, mixes).
"""

from __future__ import annotations

import duckdb

from quality.contracts import Contract


def insert_volume(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    columns: str,
    rows: str,
    table: str,
) -> None:
    """Count the new rows of each stream and day; `columns` place the rows that `rows` selects."""
    con.execute(
        f"insert into {table} select batch, is_past, '{contract.feed}', stream, source_name,"
        " 'volume', '', '', day, null,"
        " count(*) filter (not is_superseding and not is_closing), null"
        f" from (select r.batch, r.source_name, r.is_superseding, {columns} from {rows}) as l"
        " group by batch, is_past, stream, source_name, day"
    )
