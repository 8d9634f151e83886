"""Text of SQL made from names, values and paths, and DuckDB's errors without the data in them.

Belongs here: quoting, and the cleaning of messages. Does not: any statement. Whatever goes into SQL
as text goes through here, or as a parameter: a path may hold a quote, and so may a column.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

#: How the line begins in which DuckDB names what exists; it may follow on the first.
_WHAT_WAS_MEANT = ("Candidate bindings:", "Did you mean")
_ABOUT_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A quoted SQL name."""
    return '"' + identifier.replace('"', '""') + '"'


def one_path(path: Path) -> str:
    """A path as a literal in which DuckDB finds nothing wild."""
    return literal(re.sub(r"[*?\[]", lambda wild: f"[{wild[0]}]", str(path)))


def safe_message(error: Exception) -> str:
    """DuckDB's message in one line, without any value of the data.

    Messages about the SQL itself quote only the SQL, which the company wrote; all others may quote
    what they could not convert, so that whatever is quoted, bracketed or a number is cut out.
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if not isinstance(error, _ABOUT_SQL):
        return without_values(lines[0])
    meant = [line for line in lines[1:] if line.startswith(_WHAT_WAS_MEANT)]
    return " ".join([lines[0], *meant[:1]])


def safe_report(report: str) -> str:
    """What a tool tells of a failed statement, in one line and without any value of the data."""
    line = " ".join(report.split())
    return (
        line
        if re.search(r"\b(Binder|Catalog|Parser|Compilation) Error\b", line)
        else (without_values(line))
    )


def without_values(line: str) -> str:
    """Cut out of a line whatever is quoted, bracketed or a number."""
    line = re.sub(r"'[^']*('|$)|\"[^\"]*(\"|$)|\([^)]*(\)|$)", "…", line)
    return re.sub(r"[-+]?\b\d[\d.:T-]*", "…", line)
