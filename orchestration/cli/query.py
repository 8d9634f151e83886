"""``wholeview query``: SQL on the published version.

Belongs here: a locked, read-only connection and three ways to print. Does not: what is published.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.options import existing_home, home_option
from orchestration.publish import PublishError

if TYPE_CHECKING:
    import duckdb

#: Rows that a terminal shows of a table; csv and json have them all.
_MOST_SHOWN = 200


@click.command()
@click.argument("sql")
@click.option(
    "--format", "style", type=click.Choice(["table", "csv", "json"]), default="table",
    show_default=True,
    help="How the rows are printed. In json a decimal that no double holds just so is text.",
)  # fmt: skip
@home_option
def query(sql: str, style: str, home: Path | None) -> None:
    """Run SQL on the published version, read-only and without access to other files."""
    import duckdb

    current = existing_home(home).current
    if not current.exists():
        raise PublishError("nothing has been published yet; start with 'wholeview run'")
    con = duckdb.connect(str(current.resolve()), read_only=True)
    try:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        if style == "table":
            _show(con.sql(sql))
            return
        found = con.execute(sql)
        names = [column[0] for column in found.description or []]
        rows = found.fetchall()
    except duckdb.Error as error:
        raise click.UsageError(_first_part(str(error))) from None
    finally:
        con.close()
    _print(style, names, rows)


def _show(found: duckdb.DuckDBPyRelation | None) -> None:
    """Print a table: to a terminal as wide as it is, to a file or pipe all columns and rows."""
    if found is None:  # a statement without rows
        return
    if sys.stdout.isatty():
        found.show(max_rows=_MOST_SHOWN)
    else:
        found.show(max_width=sys.maxsize, max_rows=sys.maxsize)


def _first_part(message: str) -> str:
    """What is wrong and what was perhaps meant, without the picture of the SQL that follows."""
    return message.partition("\n\nLINE ")[0].partition("\n\n")[0]


def _print(style: str, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    if style == "json":
        items = [dict(zip(names, map(_finite, row), strict=True)) for row in rows]
        click.echo(json.dumps(items, default=_plain, ensure_ascii=False, indent=1))
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(names)
    writer.writerows([[_safe(value) for value in row] for row in rows])


def _plain(value: Any) -> float | str:
    """A decimal as a number where a double holds just it; all else that JSON has not as text."""
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        return float(value)
    return str(value)


def _finite(value: Any) -> Any:
    """JSON has no word for what is no number, or endless: null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _safe(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula; numbers stay numbers."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
