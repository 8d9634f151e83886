"""A night after stopped ones counts what those had landed: its version is made of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from orchestration.company import load_company
from orchestration.home import Home
from orchestration.ingest import land, settle
from orchestration.ledger import SourceNight, Version
from orchestration.night import Night, close_night, open_night
from orchestration.settings import utc_now, yesterday
from orchestration.summary import source_lines
from tests.orchestration.test_graph import COMPANY, ZONE

HEADER = "id,at,eur,mail\n"


class Shop:
    """A shop with one till, and its nights."""

    def __init__(self, folder: Path) -> None:
        (folder / "company.yml").write_text(COMPANY, encoding="utf-8")
        self.till = folder / "till.csv"
        self.company = load_company(folder / "company.yml", {})
        self.home = Home(folder / "home").prepare()
        self.n_runs = 0

    def night(self) -> Night:
        self.n_runs += 1
        night = open_night(
            self.company, self.home, f"run{self.n_runs}", yesterday(ZONE), is_exact=True
        )
        land(night, "till")
        settle(night)
        return night

    def stop(self, night: Night) -> SourceNight:
        """End a night; give what it noted of the till."""
        (noted,) = night.ledger.source_nights(night.run_id)
        night.end("failed", "a gate stopped it")
        close_night(night.run_id)
        return noted

    def publish(self, night: Night) -> SourceNight:
        night.ledger.add_version(Version("v000001", "b", yesterday(ZONE), utc_now(), "", 1, "", ""))
        return self.stop(night)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.till.write_text(HEADER + "1,2025-01-01T10:00:00Z,5,a@x.test\n" * 3)
    return shop


def figures(noted: SourceNight) -> tuple[str, int, int]:
    return noted.status, noted.n_framed, noted.n_parsed


def test_what_a_stopped_night_landed_counts_until_it_is_published(shop: Shop) -> None:
    assert figures(shop.stop(shop.night())) == ("loaded", 3, 3)
    assert figures(shop.stop(shop.night())) == ("loaded", 3, 3)
    assert figures(shop.publish(shop.night())) == ("loaded", 3, 3)
    assert figures(shop.stop(shop.night())) == ("unchanged", 0, 0)


def test_new_files_add_to_what_a_stopped_night_landed(shop: Shop) -> None:
    shop.publish(shop.night())
    shop.till.write_text(HEADER + "1,2025-01-01T10:00:00Z,5,a@x.test\n" * 4)
    shop.stop(shop.night())
    shop.till.write_text(HEADER + "1,2025-01-01T10:00:00Z,5,a@x.test\n" * 5)
    night = shop.night()
    line = next(line for line in source_lines(night.ledger, night.run_id) if "till" in line)
    assert figures(shop.stop(night)) == ("loaded", 4 + 5, 4 + 5)
    assert line.split()[:3] == ["till", "loaded", "9"]


def test_what_came_after_a_run_is_not_counted_as_its_own(shop: Shop) -> None:
    first = shop.night()
    began = first.started_at
    shop.publish(first)
    shop.till.write_text(HEADER)
    second = shop.night()
    assert [a.batch for a in second.ledger.new_arrivals(began)] == [1]
    assert [a.batch for a in second.ledger.new_arrivals(second.started_at)] == [2]
    before = began - dt.timedelta(days=1)
    assert second.ledger.new_arrivals(before) == []
    shop.stop(second)
