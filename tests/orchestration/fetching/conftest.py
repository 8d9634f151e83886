"""A company with one remote source, a HOME, and nights of fetching and landing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.company import Company, parse_company
from orchestration.fetching import door, fetch, settle
from orchestration.fetching.patience import Patience
from orchestration.home import Home
from orchestration.landing import SourceResult, land_source, source_sql
from orchestration.ledger import Ledger

HEAD = """\
company: {name: Shop, timezone: Europe/Berlin, currency: EUR, country: DE}
sources:
"""
FEEDS = """
feeds:
  products:
    - from: %s
      columns: {product_id: id, source_system: id}
"""


class Nights:
    """One company file, and its nights."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = Home(directory / "home").prepare()
        self.ledger = Ledger(self.home.ledger)
        self.night = 0
        self.said: list[str] = []
        self.company: Company

    def declare(self, sources: str, drives: str = "shop", **environ: str) -> Company:
        """Write the sources anew."""
        text = HEAD + "".join(f"  {line}\n" for line in sources.splitlines()) + FEEDS % drives
        self.company = parse_company(text, self.directory / "company.yml", environ)
        return self.company

    def land(self, name: str = "shop", *, done: bool = True) -> SourceResult:
        """Fetch and land a source for one night."""
        self.night += 1
        now = datetime(2025, 3, 1, 2, tzinfo=UTC) + timedelta(days=self.night)
        batch = self.ledger.open_batch(f"r{self.night}", now)
        place = (self.home, self.ledger)
        source = self.company.sources[name]
        fetched = fetch(*place, source, self.said.append)
        result = land_source(
            *place, self.company, name, batch, now, self.said.append,
            fetched=fetched.found, refusal=fetched.refusal, unchanged=fetched.unchanged,
        )  # fmt: skip
        settle(*place, source, fetched)
        if done:
            self.ledger.finish_batch(batch, date(2025, 3, 1), now)
        return result

    def query(self, sql: str, name: str = "shop") -> list[tuple[Any, ...]]:
        """A query of the source, under the name `source`."""
        relation = source_sql(self.home, self.ledger, self.company, name, 999)
        connection = duckdb.connect()
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create view source as {relation}")
        return connection.execute(sql).fetchall()

    def landed(self, name: str = "shop") -> int:
        """Rows of all files that were landed, however often a row came."""
        return sum(a.n_parsed for a in self.ledger.arrivals(name) if a.status == "loaded")


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """Nights whose pauses are not waited for."""

    def quick(say: Callable[[str], None]) -> Patience:
        return Patience(say, sleep=lambda _: None)

    monkeypatch.setattr(door, "Patience", quick)
    return Nights(tmp_path)
