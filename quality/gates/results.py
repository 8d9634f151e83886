"""What a gate found: counts and limits, never a value of the data.

Here: the record, its one-line message, and how results are kept as Parquet. Not here: how they are
found (runner).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
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
    "expected": "DOUBLE",
    "warn_lower": "DOUBLE",
    "warn_upper": "DOUBLE",
    "stop_lower": "DOUBLE",
    "stop_upper": "DOUBLE",
    "n_history": "BIGINT",
    "history": "VARCHAR",
    "is_waived": "BOOLEAN",
    "waived_by": "VARCHAR",
    "waived_why": "VARCHAR",
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
        expected: What the days before made expect; NULL for gates that learn nothing.
        warn_lower, warn_upper: Outside these a learnt gate warns.
        stop_lower, stop_upper: Outside these it stops the night.
        n_history: Past days that it has learnt from.
        history: The last of them, oldest first, as a JSON array.
        is_waived: Whether a person let it pass this night; the number stands all the same.
        waived_by, waived_why: Who and why.
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
    expected: float | None = None
    warn_lower: float | None = None
    warn_upper: float | None = None
    stop_lower: float | None = None
    stop_upper: float | None = None
    n_history: int | None = None
    history: str | None = None
    is_waived: bool = False
    waived_by: str | None = None
    waived_why: str | None = None

    @property
    def stops(self) -> bool:
        """Whether it holds back what follows."""
        failed = not self.passed and not self.is_skipped
        return failed and self.severity == "stop" and not self.is_waived


def stopping(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results that hold back what follows."""
    return [result for result in results if result.stops]


def write_results(results: Iterable[CheckResult], path: Path) -> None:
    """Write results as Parquet (zstd), a row each, typed as COLUMNS says; an empty list too."""
    import pyarrow as pa
    from pyarrow import parquet

    assert tuple(COLUMNS) == tuple(field.name for field in fields(CheckResult))
    kinds = {
        "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
    }  # fmt: skip
    every = list(results)
    columns = {
        name: pa.array([getattr(result, name) for result in every], kinds[kind])
        for name, kind in COLUMNS.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path, compression="zstd")
