"""When the night runs by itself: one job, one schedule, a day a partition.

Belongs here: partitions, the job, the schedule. Does not: assets, how they are put together
(definitions.py), or who is told of a failure (alerts.py).
"""

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration import settings
from orchestration.assets.common import end_on_failure
from orchestration.company import Company
from orchestration.home import Home
from orchestration.ledger import Ledger

JOB = "nightly"
#: A night starts when the sources have closed their day.
HOUR, MINUTE = 3, 30
#: How far back nights can be backfilled before a first run, in days.
FIRST_DAYS = 31


def night_partitions(company: Company, home: Home) -> dg.DailyPartitionsDefinition:
    """Give the business dates that nights can be run for, up to yesterday in the company's zone.

    They begin a month ago, or with the first business date that a night was run for. That is the
    date asked for or, with ``as_of: latest_data``, the older one that the data had: so nights that
    follow the newest data can be made up for, however old these are.
    """
    first = settings.yesterday(company.timezone) - dt.timedelta(days=FIRST_DAYS)
    note = first_night_file(home)
    if note.exists():
        first = min(first, dt.date.fromisoformat(note.read_text().strip()))
    if home.ledger.exists():
        with Ledger(home.ledger) as ledger:
            first = min([first, *(run.as_of for run in ledger.runs() if run.as_of)])
    return dg.DailyPartitionsDefinition(start_date=str(first), timezone=company.timezone)


def first_night_file(home: Home) -> Path:
    """Name the note of the first business date that a night was run for."""
    return home.root / "state" / "first_night"


def note_first_night(home: Home, night_on: dt.date) -> None:
    """Keep the earliest business date asked for, so that it is a partition from now on."""
    note = first_night_file(home)
    if not note.exists() or note.read_text().strip() > str(night_on):
        note.write_text(str(night_on))


def nightly_job() -> Any:
    """Make the one job: all assets, in one process, its failure kept in the ledger."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        hooks={end_on_failure()},
        description="One night: land, map, build, judge, score, publish.",
        tags={"dagster/max_runtime": "10800"},
    )


def nightly_schedule(company: Company, job: Any) -> dg.ScheduleDefinition:
    """Make the schedule: every night in the company's zone, for the business date that ended."""

    @dg.schedule(
        name="every_night",
        job=job,
        cron_schedule=f"{MINUTE} {HOUR} * * *",
        execution_timezone=company.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"The night of {company.name}, at {HOUR:02d}:{MINUTE:02d} {company.timezone}.",
    )
    def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.date() - dt.timedelta(days=1)
        is_exact = company.as_of != "latest_data"
        return dg.RunRequest(
            run_key=str(day),
            partition_key=str(day),
            run_config={"resources": {"night": {"config": {"is_exact": is_exact}}}},
        )

    return every_night
