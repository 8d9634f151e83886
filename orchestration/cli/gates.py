"""``wholeview gates``: what gates found, one gate with its past, and letting one pass.

Belongs here: printing results, and taking down who lets a gate pass and why. Does not: judging, or
what a waiver does to a night (waivers.py).
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from orchestration import settings
from orchestration.cli.options import existing_home, home_option
from orchestration.company.gates import is_gate
from orchestration.company.problems import suggestion
from orchestration.home import Home
from orchestration.last_results import last_results
from orchestration.ledger import Ledger, Waiver

_MOST = 40
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def gates() -> None:
    """What the gates found in the last run; a gate with its past; letting a gate pass."""


@gates.command("list")
@home_option
@click.option("--all", "show_all", is_flag=True, help="Gates that passed too.")
def list_gates(home: Path | None, show_all: bool) -> None:
    """List the gates of the last run: those that failed, or all of them."""
    where = existing_home(home)
    results = last_results(where)
    failed = [r for r in results if not r["passed"] and not r["is_skipped"]]
    learning = sum(bool(r["is_skipped"]) for r in results)
    click.echo(f"{len(results):,} gates: {len(failed):,} failed, {learning:,} not judged")
    for result in results if show_all else failed[:_MOST]:
        click.echo(f"  {verdict(result):<8}{result['message']}")
    if len(failed) > _MOST and not show_all:
        click.echo(f"  and {len(failed) - _MOST:,} more; --all lists them")
    _waivers(where)


def _waivers(home: Home) -> None:
    with Ledger(home.ledger) as ledger:
        waivers = ledger.waivers()
    if waivers:
        click.echo("\nLet pass")
    for w in waivers:
        nights = str(w.night_on) if w.until_on == w.night_on else f"{w.night_on} to {w.until_on}"
        click.echo(f"  {w.gate}  {nights}  by {w.waived_by}: {w.why}")


@gates.command("show")
@click.argument("gate")
@home_option
def show(gate: str, home: Path | None) -> None:
    """Show one GATE of the last run: observed, expected, limits and the last four weeks."""
    results = {str(r["gate"]): r for r in last_results(existing_home(home))}
    if gate not in results:
        near = suggestion(gate, sorted(results))
        raise click.UsageError(f"the last run has no gate {gate}; {near or 'gates list --all'}")
    result = results[gate]
    for name in (
        "gate", "layer", "table_name", "expectation", "observed", "expected", "limit", "n_rows",
        "n_history", "message",
    ):  # fmt: skip
        if result.get(name) is not None:
            click.echo(f"{name:<14}{result[name]}")
    click.echo(f"{'verdict':<14}{verdict(result)}")
    past = json.loads(result["history"]) if result.get("history") else []
    if past:
        click.echo("last four weeks, oldest first, then tonight:")
        click.echo("  " + "  ".join("-" if v is None else f"{v:,.5g}" for v in past))
        click.echo(f"  {result['observed']:,.5g}")


def verdict(result: dict[str, Any]) -> str:
    """A result in one word."""
    if result["is_skipped"]:
        return "skipped"
    if result["passed"]:
        return "passed"
    if result["is_waived"]:
        return "waived"
    return "STOPS" if result["severity"] == "stop" else "warns"


@gates.command("waive")
@click.argument("gate")
@click.option("--night", type=_DAY, required=True, help="Business date of the night.")
@click.option("--until", type=_DAY, default=None, help="Last night that it passes [that one].")
@click.option("--by", "waived_by", required=True, help="Who lets it pass.")
@click.option("--why", required=True, help="Why, for those who read it later.")
@home_option
def waive(
    gate: str,
    night: dt.datetime,
    until: dt.datetime | None,
    waived_by: str,
    why: str,
    home: Path | None,
) -> None:
    """Let one GATE pass for one night; it is published with the version, and so is its number."""
    where = existing_home(home)
    first, last = night.date(), (until or night).date()
    if last < first:
        raise click.UsageError(f"--until {last} is before --night {first}")
    if not waived_by.strip() or not why.strip():
        raise click.UsageError("--by and --why need a text")
    if not is_gate(gate):
        near = suggestion(gate, sorted(str(r["gate"]) for r in last_results(where)))
        raise click.UsageError(f"no gate is called {gate}; {near or 'see gates list --all'}")
    with where.lock(), Ledger(where.ledger) as ledger:
        ledger.add_waiver(
            Waiver(gate, first, last, waived_by.strip(), why.strip(), settings.utc_now())
        )
    nights = str(first) if first == last else f"{first} to {last}"
    click.echo(f"{gate} passes on {nights}; run the night again: wholeview run")
