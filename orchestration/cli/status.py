"""``wholeview status``: the last run, step by step, and the version that serves.

Belongs here: printing the ledger's last run and the gates of its version. Does not: judging it.
"""

from __future__ import annotations

from pathlib import Path

import click

from orchestration import settings
from orchestration.cli.options import existing_home, home_option
from orchestration.home import Home
from orchestration.ledger import Ledger
from orchestration.ledger_records import Run
from orchestration.publish import current_version
from orchestration.summary import gate_lines, source_lines

_MOST_WAIVERS = 10


@click.command()
@home_option
def status(home: Path | None) -> None:
    """Show the last run: per source, per gate, per step with its time and CPU."""
    where = existing_home(home)
    with Ledger(where.ledger) as ledger:
        runs = ledger.runs()
        if not runs:
            click.echo("no run yet; start with 'wholeview run'")
            return
        last = runs[-1]
        how = _how_it_stands(last, where)
        click.echo(f"Last run {last.run_id[:8]}: {how}, as of {last.as_of or 'unknown'}")
        if last.message:
            click.echo(f"  {last.message}")
        _let_pass(ledger)
        click.echo("\nSources\n" + "\n".join(source_lines(ledger, last.run_id)))
        _steps(ledger, last.run_id)
        _serving(where, ledger)


def _how_it_stands(run: Run, home: Home) -> str:
    """The run's state; one that says it is running while nobody holds the lock was killed."""
    if run.status == "running" and not home.is_locked():
        return "killed (the next 'wholeview run' keeps the feeds that it had finished)"
    return run.status


def _let_pass(ledger: Ledger) -> None:
    """Say which gates people let pass, the newest last."""
    for waiver in ledger.waivers()[-_MOST_WAIVERS:]:
        nights = str(waiver.night_on)
        nights += "" if waiver.until_on == waiver.night_on else f" to {waiver.until_on}"
        click.echo(f"  waived: {waiver.gate}, {nights}, by {waiver.waived_by}: {waiver.why}")


def _steps(ledger: Ledger, run_id: str) -> None:
    steps = ledger.steps(run_id)
    click.echo(f"\nSteps\n  {'step':<34}{'rows':>14}{'seconds':>10}{'CPU':>10}")
    for step in steps:
        rows = "" if step.rows is None else f"{step.rows:,}"
        click.echo(f"  {step.name:<34}{rows:>14}{step.seconds:>10.1f}{step.cpu_seconds:>10.1f}")
    seconds, cpu = sum(s.seconds for s in steps), sum(s.cpu_seconds for s in steps)
    click.echo(f"  {'all':<34}{'':>14}{seconds:>10.1f}{cpu:>10.1f}")


def _serving(home: Home, ledger: Ledger) -> None:
    current = current_version(home.published)
    version = next((v for v in ledger.versions() if v.version == current), None)
    if version is None:
        click.echo("\nNothing is published yet.")
        return
    import duckdb

    con = duckdb.connect(str(home.version_file(version.version)), read_only=True)
    try:
        click.echo(f"\nGates of {version.version}\n" + "\n".join(gate_lines(con)))
    finally:
        con.close()
    hours = (settings.utc_now() - version.published_at).total_seconds() / 3600
    click.echo(
        f"\nServing {version.version}, as of {version.as_of_on}, published {hours:,.1f} h ago:"
        f" {home.current}"
    )
