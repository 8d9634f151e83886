"""The DuckDB connection in which a feed is worked out.

Belongs here: settings of the connection. Does not: any SQL of feeds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import duckdb

from orchestration.company import Company
from orchestration.durable import make_directory
from orchestration.home import Home
from quality.identifiers import install_hmac


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
        "memory_limit": company.settings.memory_limit,
    }
    if company.settings.threads:
        config["threads"] = company.settings.threads
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        install_hmac(connection, key)
        yield connection
    finally:
        connection.close()
