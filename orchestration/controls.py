"""Controls as gates: what a source says it sent against what its feed holds, day by day.

Belongs here: the two totals and their difference. Does not: what the company file says of controls
(company/controls.py). Totals are of many rows and hold no person's value.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from orchestration.company.controls import ROWS, Control
from orchestration.feeds.engine import feed_connection
from orchestration.feeds.mapping import create_macros
from orchestration.feeds.sources import create_view
from orchestration.ingest import business_date
from orchestration.night import Night
from orchestration.safe_errors import safe_message
from orchestration.sql_text import literal, name
from quality.gates import CheckResult

#: Days before the night that are reconciled: a correction of last month is found, years are not
#: added up every night.
DAYS = 60


def judge_controls(night: Night) -> list[CheckResult]:
    """A result a control: the day that differs most, in rows or in the feed's own unit."""
    controls = night.company.controls.values()
    if not controls:
        return []
    day = business_date(night)
    with feed_connection(night.home, night.company, night.home.key()) as con:
        return [_judge(con, night, control, day) for control in controls]


def _judge(
    con: duckdb.DuckDBPyConnection, night: Night, control: Control, day: dt.date
) -> CheckResult:
    had = any(a.status == "loaded" for a in night.ledger.arrivals(control.from_))
    if not had:
        return _result(control, None, 0, f"{control.gate}: {control.from_} has stated nothing yet")
    try:
        rows = _differences(con, night, control, day)
    except duckdb.Error as error:  # a column that is not there is no total that agrees
        return _result(control, None, 0, f"{control.gate}: {safe_message(error)}", failed=True)
    if not rows:
        text = f"{control.gate}: {control.from_} states no day of the last {DAYS}"
        return _result(control, None, 0, text)
    on, stated, held = max(rows, key=lambda row: _off(control, row))
    failed = _off(control, (on, stated, held)) > 1e-9
    what = "rows" if control.measure == ROWS else control.measure
    limit = (
        f"at most {100 * control.tolerance:.4g} % of it" if control.tolerance else "no difference"
    )
    said = "an unreadable total" if stated is None else f"{stated:,.10g}"
    message = (
        f"{control.gate}: source {control.from_} says {said} of {what} on {on}, the feed holds"
        f" {held:,.10g}; allowed is {limit}"
    )
    observed = None if stated is None else held - stated
    return _result(control, observed, len(rows), message, failed=failed)


def _off(control: Control, row: tuple[dt.date, float | None, float]) -> float:
    """How far a day's difference goes beyond what is allowed; a total that is none is the worst."""
    _, stated, held = row
    if stated is None:
        return float("inf")
    return abs(held - stated) - control.tolerance * abs(stated)


def _differences(
    con: duckdb.DuckDBPyConnection, night: Night, control: Control, day: dt.date
) -> list[tuple[dt.date, float | None, float]]:
    """Day, stated total and held total of each day that the source states a total of."""
    create_view(con, night.home, night.ledger, night.company, control.from_, night.batch)
    create_macros(con, night.company, control.from_)
    column = name(control.day)
    on = f"day({column})"
    if control.format:
        on = f"cast(try_strptime(cast({column} as varchar), {literal(control.format)}) as date)"
    feed = night.home.feed_dir(control.feed)
    rows = f"read_parquet({literal(str(feed / 'rows' / '*.parquet'))}, union_by_name = true)"
    gone = f"read_parquet({literal(str(feed / 'superseded' / '*.parquet'))}, union_by_name = true)"
    measure = "count(*)" if control.measure == ROWS else f"sum({name(control.measure)})"
    only = ", ".join(literal(source) for source in control.sources)
    only = f" and source_name in ({only})" if only else ""
    since = day - dt.timedelta(DAYS)
    found = con.execute(
        f"with stated as (select {on} as on_day, case when count(num({name(control.total)}))"
        f" = count(*) then cast(sum(num({name(control.total)})) as double) end as total"
        f" from {name(control.from_)} where {on} between $since and $day group by on_day),"
        f" held as (select occurred_on, cast({measure} as double) as total from {rows} as r"
        " where occurred_on between $since and $day and not coalesce(is_deleted, false)"
        f" and row_id not in (select row_id from {gone} where row_id is not null){only}"
        " group by occurred_on)"
        " select on_day, stated.total, coalesce(held.total, 0) from stated"
        " left join held on stated.on_day = held.occurred_on order by on_day",
        {"since": since, "day": day},
    ).fetchall()
    return [(on_day, stated, held) for on_day, stated, held in found]


def _result(
    control: Control, observed: float | None, n_rows: int, message: str, *, failed: bool = False
) -> CheckResult:
    tolerance = f"{100 * control.tolerance:.4g} %" if control.tolerance else "0"
    return CheckResult(
        gate=control.gate, layer="feeds", table_name=control.feed,
        column_name=None if control.measure == ROWS else control.measure,
        expectation=f"what {control.from_} says it sent is what the feed holds, day by day",
        observed=observed, limit=f"difference at most {tolerance}", n_rows=n_rows, n_failed=None,
        severity=control.severity, passed=not failed, is_skipped=n_rows == 0 and not failed,
        message=message,
    )  # fmt: skip
