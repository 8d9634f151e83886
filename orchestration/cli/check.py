"""``wholeview check``: the company file judged, and its sources looked at without loading them.

Belongs here: the command, what it prints, and its exit status. Does not: what is looked for
(orchestration.check, orchestration.company).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from orchestration import settings
from orchestration.cli.options import company_option, home_of, home_option
from orchestration.company import load_company

_ORDER = ("info", "problem", "warning", "hint")


@click.command()
@company_option
@home_option
@click.option(
    "--rows", type=click.IntRange(min=1), default=10_000, show_default=True,
    help="Rows of each source to look at.",
)  # fmt: skip
@click.pass_context
def check(ctx: click.Context, company: Path | None, home: Path | None, rows: int) -> None:
    """Validate the company file and look at each source without loading it.

    Exit status: 0 nothing stands in the way of a run, 1 a source or mapping would stop it, 2 the
    company file is wrong.
    """
    from orchestration.check import check_company

    path = (company or settings.default_company(home_of(home).root)).absolute()
    loaded = load_company(path)
    feeds = ", ".join(loaded.feeds)
    click.echo(f"{path.name} is valid: {len(loaded.sources)} sources, feeds {feeds}")
    findings = check_company(loaded, settings.utc_now(), rows)
    for severity in _ORDER:
        for finding in findings:
            if finding.severity == severity:
                click.echo(f"{severity:<8} {finding}")
    counts = Counter(finding.severity for finding in findings)
    said = ", ".join(f"{counts[s]} {s}{'s' if counts[s] != 1 else ''}" for s in _ORDER[1:])
    click.echo(f"{said}; {'mend the problems first' if counts['problem'] else 'a run can start'}")
    ctx.exit(1 if counts["problem"] else 0)
