"""Dates of a sample: neighbours in `until` begin on one day; a directory holds one sample."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.retailer.plan import (
    DEFAULT_UNTIL,
    MANIFEST,
    SampleError,
    as_date,
    day_number,
    make_plan,
    manifest,
    resume,
)


def test_the_default_has_18_months_and_a_month_of_daily_files() -> None:
    plan = make_plan(20_000, 548, 7, DEFAULT_UNTIL)
    assert (plan.first, plan.archive_on) == (date(2024, 12, 30), date(2026, 5, 31))
    assert plan.n_weeks == 79


@given(st.integers(1, 900), st.integers(0, 500))
def test_a_later_until_moves_nothing_else(days: int, later: int) -> None:
    now = make_plan(100, days, 1, DEFAULT_UNTIL)
    then = make_plan(100, days, 1, DEFAULT_UNTIL + timedelta(days=later))
    assert manifest(now) == manifest(then)


@given(st.integers(1, 900), st.dates(date(2019, 1, 1), date(2026, 12, 31)))
def test_the_archive_ends_before_the_last_day_whatever_is_asked(days: int, until: date) -> None:
    plan = make_plan(100, days, 1, until)
    assert plan.first <= plan.until
    assert plan.archive_on < plan.until
    assert plan.archive_on >= plan.first or plan.archive_on == plan.first - timedelta(days=1)


@pytest.mark.parametrize("customers", [1, 2, 50, 20_000])
def test_everybody_has_come_by_the_anchor(customers: int) -> None:
    plan = make_plan(customers, 548, 7, DEFAULT_UNTIL)
    counts = [plan.people_through(week) for week in range(plan.n_weeks)]
    assert counts == sorted(counts)
    assert counts[-1] == customers
    assert counts[0] >= 1


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_day_numbers_are_dates(day: date) -> None:
    assert as_date(day_number(day)) == day


@pytest.mark.parametrize(("customers", "days"), [(0, 10), (10, 0), (-1, 10)])
def test_nobody_and_no_day_are_refused(customers: int, days: int) -> None:
    with pytest.raises(SampleError, match="at least 1"):
        make_plan(customers, days, 7, DEFAULT_UNTIL)


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(SampleError, match="holds no sample"):
        resume(tmp_path, make_plan(10, 10, 7, DEFAULT_UNTIL))


@pytest.mark.parametrize(
    ("change", "named"), [({"seed": 8}, "seed"), ({"customers": 11}, "customers")]
)
def test_another_sample_is_refused_by_name(
    tmp_path: Path, change: dict[str, int], named: str
) -> None:
    held = make_plan(10, 40, 7, DEFAULT_UNTIL)
    (tmp_path / MANIFEST).write_text(json.dumps(manifest(held)))
    wish = {"customers": 10, "seed": 7} | change
    with pytest.raises(SampleError, match=named):
        resume(tmp_path, make_plan(wish["customers"], 40, wish["seed"], DEFAULT_UNTIL))


def test_a_sample_keeps_its_first_day_however_far_it_is_carried(tmp_path: Path) -> None:
    held = make_plan(10, 40, 7, date(2025, 3, 14))
    (tmp_path / MANIFEST).write_text(json.dumps(manifest(held)))
    carried = resume(tmp_path, make_plan(10, 40, 7, date(2026, 8, 1)))
    assert manifest(carried) == manifest(held)
    assert carried.until == date(2026, 8, 1)
    with pytest.raises(SampleError, match="before the sample's first day"):
        resume(tmp_path, make_plan(10, 40, 7, date(2024, 1, 1)))


def test_a_spoilt_manifest_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(SampleError, match="cannot be read"):
        resume(tmp_path, make_plan(10, 40, 7, DEFAULT_UNTIL))
