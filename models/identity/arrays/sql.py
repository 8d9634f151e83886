"""Small words of SQL that every step uses.

Belongs here: what is said of tables whatever they hold. Does not: any query of identity's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def listed(names: tuple[str, ...]) -> str:
    """Quote constant names for an SQL list."""
    return ", ".join(f"'{name}'" for name in names)


def quoted_path(path: Path) -> str:
    """Give a path as it stands between the quotes of an SQL literal."""
    return str(path).replace("'", "''")


def drop(con: duckdb.DuckDBPyConnection, *tables: str) -> None:
    """Drop tables that are there and of no more use: the memory is needed."""
    for table in tables:
        con.execute(f"drop table if exists {table}")


def one_number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Run a query that gives one whole number."""
    row = con.execute(sql).fetchone()
    if row is None:
        raise ValueError("a query for one number gave no row")
    return int(row[0])
