"""``wholeview run``: one nightly run, shown while it goes, summed up at its end.

Belongs here: the options, opening the night, running the job in this process. Does not: the graph
(definitions.py) or the summary's figures (summary.py).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import io
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration import settings
from orchestration.cli.options import company_option, home_of, home_option
from orchestration.company import Company, load_company
from orchestration.home import Home
from orchestration.night import INTERRUPTED, Night, close_night, open_night
from orchestration.progress import set_display, to_stderr

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult

#: Objects made before garbage is looked for: by Python's own 700 what was imported and stays is
#: gone through again and again, for 3 CPU-s a night.
GARBAGE_AFTER = 50_000


@click.command()
@company_option
@home_option
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None,
    help="Business date that today means [yesterday, or as the company file says].",
)  # fmt: skip
@click.option("--full", is_flag=True, help="Rebuild from the landed files and the ledgers.")
@click.option(
    "--target", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True,
    help="Engine that builds the warehouse.",
)  # fmt: skip
@click.pass_context
def run(
    ctx: click.Context,
    company: Path | None,
    home: Path | None,
    as_of: dt.datetime | None,
    full: bool,
    target: str,
) -> int:
    """Do one nightly run; the same inputs and date again do nothing, and publish nothing."""
    if target != "duckdb":
        raise click.UsageError("--target spark is not built yet; use --target duckdb")
    where = home_of(home)
    file = company.absolute() if company else _default_company(where)
    return run_night(
        load_company(file), where, as_of.date() if as_of else None, full=full,
        debug=bool((ctx.obj or {}).get("debug")),
    )  # fmt: skip


def _default_company(home: Home) -> Path:
    """Give the default company file, making the sample company where there is none yet."""
    file = settings.default_company(home.root)
    if not file.exists() and file == settings.sample_dir(home.root) / "company.yml":
        from orchestration.cli.sample import write_sample

        write_sample(file.parent, to_stderr)
    return file


def run_night(
    company: Company, home: Home, as_of: dt.date | None, *, full: bool, debug: bool = False
) -> int:
    """Run one night in this process and show how it went.

    Returns:
        The exit status: 0 done or nothing new, 1 stopped.

    Raises:
        HomeLocked: Another run holds the lock.
        click.UsageError: The date has not ended yet in the company's zone.
    """
    latest = settings.yesterday(company.timezone)
    if as_of and as_of > latest:
        raise click.UsageError(f"--as-of {as_of} has not ended in {company.timezone}; try {latest}")
    gc.set_threshold(GARBAGE_AFTER)
    night_on = as_of or latest
    is_exact = as_of is not None or company.as_of != "latest_data"
    run_id = str(uuid.uuid4())
    set_display(to_stderr)
    try:
        night = open_night(
            company, home, run_id, night_on, is_exact=is_exact, full=full, say=to_stderr
        )
        to_stderr(f"{company.name}: the night of {night_on if is_exact else 'the latest data'}")
        _execute(night, is_exact, full, debug)
        return _conclude(night)
    finally:
        close_night(run_id)
        set_display(None)


def _execute(night: Night, is_exact: bool, full: bool, debug: bool) -> None:
    """Run the job in this process, recorded in HOME's Dagster instance."""
    import logging
    import warnings

    from orchestration.instance import fail_stale_runs, instance_of
    from orchestration.schedules import JOB, note_first_night

    # Dagster tells users of its betas and of coming versions at every start; our lock decides those
    warnings.filterwarnings("ignore", module="dagster")
    note_first_night(night.home, night.night_on)
    with night.step("load the graph"):
        from orchestration.definitions import build_definitions

        job = build_definitions(night.company, night.home).resolve_job_def(JOB)
    if not debug:
        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        if logging.lastResort is not None:  # loggers that nobody has given a handler
            logging.lastResort.setLevel(logging.CRITICAL)
    level = "DEBUG" if debug else "CRITICAL"
    instance: DagsterInstance
    # dbt's lines go to standard output, where a summary is expected: our own display is enough
    quiet = contextlib.nullcontext() if debug else contextlib.redirect_stdout(io.StringIO())
    with instance_of(night.home) as instance, quiet:
        fail_stale_runs(instance, night.run_id)
        result = job.execute_in_process(
            run_id=night.run_id,
            instance=instance,
            partition_key=str(night.night_on),
            raise_on_error=False,  # what fails is raised below: not while files take its output
            run_config={
                "resources": {"night": {"config": {"full": full, "is_exact": is_exact}}},
                "loggers": {"console": {"config": {"log_level": level}}},
            },
        )
    if debug and night.error is not None:
        raise night.error
    if not result.success:
        night.end("failed", _why(result))


def _why(result: ExecuteInProcessResult) -> str:
    """What a failed run says where no step of ours said it."""
    errors = [event.job_failure_data.error for event in result.all_events if event.is_run_failure]
    if any(e is not None and e.cls_name == "DagsterExecutionInterruptedError" for e in errors):
        return INTERRUPTED
    return "a step failed; see the run in the UI ('make ui')"


def _conclude(night: Night) -> int:
    from orchestration.summary import summarise

    ended = next(r for r in night.ledger.runs() if r.run_id == night.run_id)
    if ended.status == "failed":
        click.echo(f"stopped: {ended.message}", err=True)
        return 1
    if ended.status == "unchanged":
        click.echo(str(ended.message))
        return 0
    click.echo(summarise(night.home, night.ledger, night.run_id))
    return 0
