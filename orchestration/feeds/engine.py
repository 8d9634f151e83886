"""The DuckDB connection in which a feed is worked out.

Belongs here: settings of the connection, and where its tables are. Does not: any SQL of feeds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from orchestration.company import Company
from orchestration.durable import make_directory
from orchestration.home import Home
from quality.identifiers import install_hmac

#: Rows from which a feed's tables are kept in a file, which DuckDB compresses: what memory spills
#: it does not, and 37 million contacts as text filled 50 GB.
LARGE_ROWS = 5_000_000


@contextlib.contextmanager
def feed_connection(
    home: Home, company: Company, key: bytes, n_rows: int = 0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in UTC that installs nothing and spills inside HOME.

    Args:
        home: a prepared HOME.
        company: the company file; its settings bound memory and threads.
        key: key for pseudonyms.
        n_rows: about how many rows will be worked on; many are kept in a file that is deleted
            afterwards, few in memory.
    """
    spill = make_directory(home.root / "tmp")
    file = spill / "feed.duckdb" if n_rows >= LARGE_ROWS else None
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(spill),
        "memory_limit": company.settings.memory_limit,
    }
    if company.settings.threads:
        config["threads"] = company.settings.threads
    if file:
        _remove(file)
    connection = duckdb.connect(str(file or ":memory:"), config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        install_hmac(connection, key)
        yield connection
    finally:
        connection.close()
        if file:
            _remove(file)


def _remove(file: Path) -> None:
    """Delete a database and its log; what a killed night left is deleted by the next."""
    file.unlink(missing_ok=True)
    file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
