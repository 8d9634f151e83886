"""What all assets of the graph share: the night as a resource, owners, stopping with one line.

Belongs here: the way from a Dagster context to the run's night. Does not: any asset.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.company import Company, load_company
from orchestration.home import Home
from orchestration.night import Night, found_night, open_night
from orchestration.progress import display
from orchestration.safe_errors import safe_message

OWNERS = ["team:data-platform"]
#: A night is made from the one before, so a backfill is a run a night, in order.
A_NIGHT_A_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
BUILD = dg.AssetKey(["build", "start"])


class NightResource(dg.ConfigurableResource):
    """The company, the home and the options of a run; ``full`` can be set at launch."""

    company_file: str
    home_root: str
    full: bool = False
    is_exact: bool = True

    def of(self, context: Any) -> Night:
        """Open the run's night, or give the one that is open; failures end it in the ledger."""
        run_id = context.run.run_id
        # where no terminal shows the run, a line belongs to the step that says it
        say = display() or (lambda line: context.log.info(" ".join(line.split())))
        held = found_night(run_id)
        if held is not None:
            held.say = say
            return held
        return open_night(
            load_company(Path(self.company_file)),
            Home(Path(self.home_root)),
            run_id,
            dt.date.fromisoformat(context.run.tags["dagster/partition"]),
            is_exact=self.is_exact,
            full=self.full,
            say=say,
        )


def night_resource(company: Company, home: Home) -> NightResource:
    """Bind the resource to a company and a home, as defaults: a launch need not repeat them."""

    class BoundNight(NightResource):
        company_file: str = str(company.path)
        home_root: str = str(home.root)
        is_exact: bool = company.as_of != "latest_data"

    return BoundNight()


def end_on_failure() -> dg.HookDefinition:
    """Make the hook that writes a failed run's first message into the ledger."""

    @dg.failure_hook(name="end_the_night")
    def end_the_night(context: dg.HookContext) -> None:
        night = found_night(context.run_id)
        if night is None:
            return
        why = failure_line(night, context.op_exception)
        context.log.error(why)
        night.end("failed", why)

    return end_the_night


def failure_line(night: Night, error: BaseException | None) -> str:
    """Say in one line why a run stopped: the gate that failed, else the error's first line."""
    failed = [c for c in night.checks if c.stops]
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return f"gate {failed[0].message}{more}"
    return one_line(error)


def one_line(error: BaseException | None) -> str:
    """Give the cause's message in one line, without any value of the data."""
    while error is not None and error.__cause__ is not None:
        error = error.__cause__
    return "unknown error" if error is None else safe_message(error)


def counted(rows: int | None, **more: Any) -> dict[str, Any]:
    """Give metadata with the row count where Dagster charts it; None values are left out."""
    given = {"dagster/row_count": rows, **more}
    return {name: value for name, value in given.items() if value is not None}


def freshness_of_reading(company: Company) -> dg.FreshnessPolicy | None:
    """Say how old what people read may be: a night and some hours of the next.

    None with ``as_of: latest_data``: such data end on some day of the past, and their version is as
    fresh as it can be without being made again.
    """
    if company.as_of == "latest_data":
        return None
    return dg.FreshnessPolicy.time_window(
        fail_window=dt.timedelta(hours=30), warn_window=dt.timedelta(hours=26)
    )
