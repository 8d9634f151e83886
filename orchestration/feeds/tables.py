"""What all feeds have in common: empty first files, the table of batches, the last business day.

Belongs here: files and figures that are not of one feed's batch. Does not: rows of a feed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.company import Company
from orchestration.durable import make_directory
from orchestration.feeds.writing import (
    IDENTIFIER_COLUMNS,
    SUPERSEDED_COLUMNS,
    TOUCHED_COLUMNS,
    copy_to,
    write_empty,
)
from orchestration.home import Home
from orchestration.ledger import Ledger
from orchestration.sql_text import literal
from quality.contracts import Contract, stored_columns

#: Feeds that show that the business was running.
RUNNING_FEEDS = ("orders", "transactions", "interactions")
#: How long after the last such day answers and the like still belong to it.
ANSWERING_DAYS = 7


def _connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    connection.execute("set TimeZone = 'UTC'")
    return connection


def ensure_empty_feeds(home: Home, contracts: Mapping[str, Contract]) -> None:
    """Write `b000000.parquet`, without rows, for all that staging reads; twice is once.

    So every feed can be read with its right columns, whatever the company maps.
    """
    with _connect() as connection:
        for feed, contract in contracts.items():
            kinds = {
                "rows": stored_columns(contract),
                "superseded": list(SUPERSEDED_COLUMNS),
                "touched": list(TOUCHED_COLUMNS),
            }
            for kind, columns in kinds.items():
                write_empty(connection, columns, home.feed_file(feed, kind, 0))
        target = home.feed_rows("_identifier") / "b000000.parquet"
        write_empty(connection, list(IDENTIFIER_COLUMNS), target)


def write_batch_table(
    home: Home,
    ledger: Ledger,
    company: Company,
    open_night: tuple[date, datetime] | None = None,
) -> int:
    """Write the table of batches, a row for each source and batch; return the number of rows.

    Args:
        home: a prepared HOME.
        ledger: its ledger.
        company: the company file, for the sources and their lag.
        open_night: night_on and night_end_at of the batch that is still open, where it is known.
    """
    began: dict[str, int] = {}
    for arrival in ledger.arrivals():
        if arrival.status == "loaded":
            began.setdefault(arrival.source, arrival.batch)
    rows = []
    for batch in ledger.batches():
        night_on, night_end_at = batch.night_on, batch.night_end_at
        if batch.status == "open":
            if open_night is None:
                continue  # nothing reads its rows before its night is known
            night_on, night_end_at = open_night
        for source in company.sources.values():
            is_first = began.get(source.name) == batch.batch
            rows.append(
                [source.name, batch.batch, night_on, night_end_at, is_first, source.lag_seconds]
            )
    make_directory(home.batch_table.parent)
    with _connect() as connection:
        connection.execute(
            "create table batch (source varchar, batch bigint, night_on date,"
            " night_end_at timestamptz, is_first boolean, lag_seconds bigint)"
        )
        if rows:
            connection.executemany("insert into batch values (?, ?, ?, ?, ?, ?)", rows)
        select = "select * from {} order by source, batch"
        if home.batch_table.exists():
            there = select.format(f"read_parquet({literal(str(home.batch_table))})")
            table = connection.execute(select.format("batch")).fetchall()
            if connection.execute(there).fetchall() == table:
                return len(table)  # an idle night changes no file
        return copy_to(connection, select.format("batch"), home.batch_table)


def latest_business_date(home: Home, contracts: Mapping[str, Contract]) -> date | None:
    """The last business day that the feeds tell of; None where they hold no event.

    The feeds that show the business running (`RUNNING_FEEDS`) decide: an answer to a survey can
    come months after the last order, and would make every customer look gone. What the other event
    feeds tell of the `ANSWERING_DAYS` after that day still counts. Without a row of the running
    feeds the last day of any event feed decides.
    """
    days = {
        feed: home.feed_rows(feed)
        for feed, contract in contracts.items()
        # A plan that begins next month says nothing about how far data goes.
        if contract.kind == "event"
        and not contract.column(contract.time_column or "").may_be_future
    }
    with _connect() as connection:
        running = [_last_day(connection, days[feed]) for feed in RUNNING_FEEDS if feed in days]
        ran_on = max((day for day in running if day is not None), default=None)
        until = None if ran_on is None else ran_on + timedelta(days=ANSWERING_DAYS)
        every = [_last_day(connection, folder, until) for folder in days.values()]
    return max((day for day in every if day is not None), default=None)


def _last_day(
    connection: duckdb.DuckDBPyConnection, folder: Path, until: date | None = None
) -> date | None:
    """The last day of a feed's rows, not counting those after a day."""
    paths = sorted(folder.glob("b*.parquet"))
    if not paths:
        return None
    listed = ", ".join(literal(str(path)) for path in paths)
    found = connection.execute(
        f"select max(occurred_on) from read_parquet([{listed}], union_by_name = true)"
        " where occurred_on <= coalesce(?, date '9999-12-31')",
        [until],
    ).fetchone()
    day: date | None = found[0] if found else None
    return day
