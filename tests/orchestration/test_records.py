"""What a night tells of itself: how far sources reach, what became of fields, and no value."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from orchestration.assets.common import one_line
from orchestration.churn_definition import WITHOUT_DATA, churn_definition
from orchestration.company import Churn
from orchestration.feeds import ensure_empty_feeds
from orchestration.home import Home
from orchestration.night import NightStopped
from orchestration.records import data_through
from quality.contracts import load_contracts

AS_OF = dt.date(2026, 3, 31)


@pytest.fixture
def night(tmp_path: Path) -> Any:
    """A night that knows its home, its date and what the company says of churn."""
    home = Home(tmp_path / "o'brien").prepare()
    ensure_empty_feeds(home, load_contracts())
    company = SimpleNamespace(churn=Churn("auto", None))
    return SimpleNamespace(home=home, as_of_date=AS_OF, company=company)


def put_orders(night: Any, days: list[str], source: str = "shop") -> None:
    """Orders of one person at noon UTC of each day."""
    values = ", ".join(f"('{day}')" for day in days)
    duckdb.sql(
        f"""select 'r' || day as row_id, '{source}' as source_name, 'email:1' as identity_key,
        (day || ' 12:00:00+00')::timestamptz as ordered_at, day::date as occurred_on
        from (values {values}) as t(day)"""
    ).write_parquet(str(night.home.feed_file("orders", "rows", 1)))


def test_a_source_reaches_to_its_last_event_up_to_the_night(night: Any) -> None:
    put_orders(night, ["2026-03-01", "2026-03-30", "2026-04-02"])
    assert data_through(night) == {"shop": dt.datetime(2026, 3, 30, 12, tzinfo=dt.UTC)}


def test_without_events_no_source_reaches_anywhere(night: Any) -> None:
    assert data_through(night) == {}


def test_a_horizon_is_worked_out_from_what_there_is_and_kept(night: Any) -> None:
    put_orders(night, ["2026-01-01", "2026-02-10", "2026-03-22", "2027-03-22"])
    found = churn_definition(night)
    assert (found.kind, found.horizon_days) == ("non_contractual", 40)
    put_orders(night, ["2026-01-01", "2026-03-30"])
    assert churn_definition(night) == found


def test_without_orders_the_horizon_is_the_one_without_data(night: Any) -> None:
    assert churn_definition(night).horizon_days == WITHOUT_DATA


def test_errors_of_others_are_told_without_what_they_quote() -> None:
    with pytest.raises(duckdb.Error) as raised:
        duckdb.execute("select cast('jane.doe@mail.test' as integer)").fetchall()
    for error in (
        raised.value,
        ValueError("cannot read 'jane.doe@mail.test'"),
    ):
        assert "jane" not in one_line(error)
        assert type(error).__name__.removesuffix("Exception")[:5] in one_line(error)


def test_our_own_errors_and_the_systems_are_told_whole() -> None:
    assert one_line(NightStopped("source 'crm': 3 of 9")) == "source 'crm': 3 of 9"
    full = OSError(28, "No space left on device", "/data/feeds/x.parquet")
    assert "/data/feeds/x.parquet" in one_line(full)
