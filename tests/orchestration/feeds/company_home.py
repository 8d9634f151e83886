"""A company of a few lines in a home of its own: files are put, nights are run, feeds are read.

Belongs here: what tests of feeds share. Does not: any expectation.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.company import Company, load_company
from orchestration.feeds import FeedResult, ensure_empty_feeds, rebuild_feeds, write_feed
from orchestration.home import Home
from orchestration.landing import land_source
from orchestration.ledger import Ledger
from quality.contracts import PERSON_IDENTIFIERS, load_contracts

KEY = b"k" * 32
FIRST_NIGHT = datetime(2024, 6, 1, 2, 0, tzinfo=UTC)
COMPANY = {
    "name": "Test", "timezone": "Europe/Berlin", "currency": "EUR", "country": "DE",
    "churn": {"kind": "non_contractual", "horizon_days": 90},
}  # fmt: skip

_LINEAGE = (
    "row_id, is_superseding, source_row, file_id, line, received_at, batch, _superseded_on,"
    " mapping_index"
)


class CompanyHome:
    """One company in one home."""

    def __init__(self, root: Path, sources: dict[str, Any], feeds: dict[str, Any],
                 settings: dict[str, Any] | None = None) -> None:  # fmt: skip
        """Write the company file and prepare the home under `root`."""
        self.root = root
        self.raw = root / "raw"
        self.raw.mkdir(parents=True)
        self.say: list[str] = []
        self.home = Home(root / "home").prepare()
        self.ledger = Ledger(self.home.ledger)
        self.configure(sources, feeds, settings or {})
        contracts = load_contracts()
        ensure_empty_feeds(self.home, {feed: contracts[feed] for feed in feeds})

    def configure(
        self, sources: dict[str, Any], feeds: dict[str, Any], settings: dict[str, Any]
    ) -> Company:
        """Write the company file anew."""
        content = {"company": COMPANY, "sources": sources, "feeds": feeds, "settings": settings}
        path = self.raw / "company.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        self.company = load_company(path, {})
        return self.company

    def put(self, name: str, text: str) -> None:
        """Write a raw file; a changed one gets a time of its own."""
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        stamp = path.stat().st_mtime_ns + 10**9 if path.exists() else 1_700_000_000 * 10**9
        path.write_text(text)
        os.utime(path, ns=(stamp, stamp))

    def land(self) -> int:
        """Land all sources as the next night, or as the night that is still open."""
        nights = len([b for b in self.ledger.batches() if b.status == "done"])
        received = FIRST_NIGHT + timedelta(days=nights)
        batch = self.ledger.open_batch(f"run{nights}", received)
        for source in self.company.sources:
            land_source(
                self.home, self.ledger, self.company, source, batch, received, self.say.append
            )
        return batch

    def write(self, feed: str, batch: int) -> FeedResult:
        """Write one feed."""
        return write_feed(self.home, self.ledger, self.company, feed, batch, KEY, self.say.append)

    def night(self, *feeds: str) -> list[FeedResult]:
        """Land, write the feeds (all mapped ones by default), and finish the batch."""
        batch = self.land()
        results = [self.write(feed, batch) for feed in feeds or self.company.feeds]
        if all(result.is_good for result in results):
            day = date(2024, 5, 31) + timedelta(days=batch - 1)
            end = FIRST_NIGHT - timedelta(hours=4) + timedelta(days=batch - 1)
            self.ledger.finish_batch(batch, day, end)
        return results

    def rebuild(self, *feeds: str) -> list[FeedResult]:
        """Drop the feeds and make them anew."""
        batch = max(b.batch for b in self.ledger.batches())
        return rebuild_feeds(self.home, self.ledger, self.company, batch, KEY, feeds=feeds or None)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query in UTC."""
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def all_rows(self, feed: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """All stored versions of a feed."""
        return self.sql(f"select {columns} from read_parquet('{self.home.feed_rows(feed)}/*')")

    def current(self, feed: str, columns: str | None = None, as_of: date | None = None,
                deleted: bool = False) -> list[tuple[Any, ...]]:  # fmt: skip
        """Current content of a feed as staging sees it, lineage left out, in canonical order."""
        listed = columns or f"* exclude ({_LINEAGE})"
        limit = f"date '{as_of}'" if as_of else "date '9999-01-01'"
        night = "date '2024-05-30' + cast(batch as integer)"
        gone = f"{self.home.feed_dir(feed)}/superseded/*"
        day = "cast(timezone('Europe/Berlin', version_at) as date)"
        return self.sql(
            f"""with gone as (
                select row_id, min(coalesce(version_on, {night})) as _superseded_on
                from read_parquet('{gone}') group by row_id)
            select {listed} from read_parquet('{self.home.feed_rows(feed)}/*')
            left join gone using (row_id)
            where (occurred_on is null or occurred_on <= {limit})
              and (not is_superseding or coalesce({day}, {night}) <= {limit})
              and (_superseded_on is null or _superseded_on > {limit})
              and (not is_deleted or {str(deleted).lower()})
            order by all"""
        )

    def quarantined(self, feed: str, columns: str = "details, first_line") -> list[Any]:
        """Quarantined rows of a feed in order of file and line."""
        path = self.home.quarantine_rows(feed, 1).parent
        if not list(path.glob("*")):
            return []
        return self.sql(
            f"select {columns} from read_parquet('{path}/*') order by file_name, first_line"
        )

    def coerced(self, feed: str) -> list[Any]:
        """Fields that were made NULL: field, reason, raw text."""
        path = self.home.quarantine_fields(feed, 1).parent
        if not path.exists():
            return []
        return self.sql(
            f"select field, reason, raw_text from read_parquet('{path}/*') order by all"
        )

    def book(self, feed: str, measure: str) -> int:
        """Sum of a measure over the books of a feed."""
        return sum(b.value for b in self.ledger.books(feed=feed) if b.measure == measure)


def csv(header: str, *rows: str) -> str:
    """A csv file's text."""
    return "\n".join([header, *rows]) + "\n"


INTERACTION_COLUMNS = {
    "interaction_id": "id", "occurred_at": "at", "channel": "channel",
    "interaction_type": "kind", "source_customer_id": "customer", "email": "mail",
    "wait_seconds": "wait", "updated_at": "version",
}  # fmt: skip
INTERACTION_HEADER = ",".join(INTERACTION_COLUMNS.values())


def interactions(root: Path, mode: str | None = "append", **settings: Any) -> CompanyHome:
    """A company with one source of interactions."""
    source = {"files": "events_*.csv"} | ({"mode": mode} if mode else {})
    mapping = {"from": "events", "columns": INTERACTION_COLUMNS}
    return CompanyHome(root, {"events": source}, {"interactions": [mapping]}, settings)


__all__ = ["KEY", "PERSON_IDENTIFIERS", "CompanyHome", "csv", "interactions"]
