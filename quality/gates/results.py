"""What a gate found: counts and limits, never a value of the data.

Here: the record, its one-line message, and how results are kept as Parquet. Not here: how they are
found (runner).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

COLUMNS: dict[str, str] = {
    "gate": "VARCHAR",
    "layer": "VARCHAR",
    "table_name": "VARCHAR",
    "column_name": "VARCHAR",
    "expectation": "VARCHAR",
    "observed": "DOUBLE",
    "limit": "VARCHAR",
    "n_rows": "BIGINT",
    "n_failed": "BIGINT",
    "severity": "VARCHAR",
    "passed": "BOOLEAN",
    "is_skipped": "BOOLEAN",
    "message": "VARCHAR",
}


@dataclass(frozen=True)
class CheckResult:
    """One gate's outcome.

    Attributes:
        gate: Stable name: table and check, as in `core.fct_order.unique_order_key`.
        layer: feeds, core, marts or scores.
        table_name: What was looked at, with its schema.
        column_name: The column, where the gate is about one.
        expectation: What was asked, in words.
        observed: The number that was compared, NULL where none could be worked out.
        limit: What it was compared with, in words.
        n_rows: Rows looked at; 0 where the table is missing.
        n_failed: Rows that broke the rule, NULL where the rule is not about rows.
        severity: "stop" holds back what follows, "warn" is only shown.
        passed: Whether the rule held. True for a skipped gate.
        is_skipped: Whether nothing was looked at, since no feed that fills the table is mapped.
        message: One line a person can act on.
    """

    gate: str
    layer: str
    table_name: str
    column_name: str | None
    expectation: str
    observed: float | None
    limit: str
    n_rows: int
    n_failed: int | None
    severity: str
    passed: bool
    is_skipped: bool
    message: str


def stopping(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results that hold back what follows."""
    return [r for r in results if not r.passed and not r.is_skipped and r.severity == "stop"]


def write_results(results: Iterable[CheckResult], path: Path) -> None:
    """Write results as Parquet (zstd), a row each, typed as COLUMNS says; an empty list too."""
    import duckdb

    assert tuple(COLUMNS) == tuple(field.name for field in fields(CheckResult))
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    with duckdb.connect() as con:
        con.execute(f"create table result ({columns})")
        rows = [astuple(result) for result in results]
        if rows:
            marks = ", ".join("?" * len(COLUMNS))
            con.executemany(f"insert into result values ({marks})", rows)
        con.execute("copy result to $path (format parquet, compression zstd)", {"path": str(path)})
