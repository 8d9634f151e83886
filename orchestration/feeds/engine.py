"""The DuckDB connection in which a feed is worked out, and its errors without the data in them.

Belongs here: settings of the connection and the cleaning of messages. Does not: any SQL of feeds.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import duckdb

from orchestration.company import Company
from orchestration.durable import make_directory
from orchestration.home import Home
from quality.identifiers import install_hmac

_ABOUT_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


@contextlib.contextmanager
def feed_connection(
    home: Home, company: Company, key: bytes
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory connection in UTC that installs nothing and spills inside HOME."""
    spill = make_directory(home.root / "tmp")
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(spill),
    }
    if company.settings.memory_limit:
        config["memory_limit"] = company.settings.memory_limit
    if company.settings.threads:
        config["threads"] = company.settings.threads
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        install_hmac(connection, key)
        yield connection
    finally:
        connection.close()


def safe_message(error: Exception) -> str:
    """DuckDB's message in one line, without any value of the data.

    Messages about the SQL itself quote only the SQL, which the company wrote; all others may quote
    what they could not convert, so that whatever is quoted, bracketed or a number is cut out.
    """
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, _ABOUT_SQL):
        return line
    line = re.sub(r"'[^']*('|$)|\"[^\"]*(\"|$)|\([^)]*(\)|$)", "…", line)
    return re.sub(r"[-+]?\b\d[\d.:T-]*", "…", line)


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A quoted SQL name."""
    return '"' + identifier.replace('"', '""') + '"'
