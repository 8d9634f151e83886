"""An inbox with files, a HOME, and sources over them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.company import Mapping, Settings, Source
from orchestration.home import Home
from orchestration.landing import SourceResult, land_source, source_sql
from orchestration.ledger import Ledger

START = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)


class Place:
    """One company with one source, and its nights."""

    def __init__(self, directory: Path) -> None:
        self.inbox = directory / "inbox"
        self.inbox.mkdir(parents=True)
        self.home = Home(directory / "home").prepare()
        self.ledger = Ledger(self.home.ledger)
        self.night = 0
        self.said: list[str] = []
        self.company: Any = SimpleNamespace(
            sources={}, base_dir=self.inbox, feeds={}, settings=Settings()
        )
        self.source(files=["*"])

    def source(self, files: list[str], mode: str = "append", **more: Any) -> None:
        """Declare the source `s` anew."""
        self.company.sources["s"] = Source("s", "files", "UTC", files=files, mode=mode, **more)

    def ratio(self, ratio: float) -> None:
        """Set the limit on bad records."""
        settings = dataclasses.replace(Settings(), quarantine_ratio=ratio)
        self.company.settings = settings

    def maps(self, **columns: str) -> None:
        """Declare a mapping of the source to the feed orders."""
        mapping = Mapping("orders", 0, "s", columns=columns)
        self.company.feeds = {"orders": [mapping]}

    def put(self, name: str, content: bytes | str) -> Path:
        """Put a file into the inbox."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, *, done: bool = True) -> SourceResult:
        """One night: land, and close the batch unless told not to."""
        self.night += 1
        now = START + timedelta(days=self.night)
        batch = self.ledger.open_batch(f"r{self.night}", now)
        result = land_source(
            self.home, self.ledger, self.company, "s", batch, now, self.said.append
        )
        if done:
            self.ledger.finish_batch(batch, date(2025, 3, 1), now)
        return result

    def sql(self, through_batch: int = 99, **more: Any) -> str:
        """The source as SQL."""
        return source_sql(self.home, self.ledger, self.company, "s", through_batch, **more)

    def rows(self, through_batch: int = 99, **more: Any) -> list[tuple[Any, ...]]:
        """The rows of the source, without lineage, by file and line."""
        found = duckdb.connect().execute(
            f"select * from ({self.sql(through_batch, **more)}) order by _file, _line"
        )
        names = [column[0] for column in found.description]
        assert names[-4:] == ["_file", "_line", "_received_at", "_row"]
        return [row[:-4] for row in found.fetchall()]

    def lines(self, file_id: str | None = None) -> list[dict[str, Any]]:
        """Quarantined records."""
        where = self.home.root / "quarantine" / "lines" / "s"
        found = sorted(where.glob(f"{file_id or '*'}.parquet")) if where.exists() else []
        return [row for path in found for row in pq.read_table(path).to_pylist()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A company with the source `s` over everything in its inbox."""
    return Place(tmp_path)
