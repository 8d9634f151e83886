"""``wholeview sample``: write the sample company.

Belongs here: the options, and starting the generator as a program of its own. Does not: the
generator (examples/retailer), which the pipeline's code never imports.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import click

from orchestration.progress import Say, to_stderr

#: A module's name, run in another process.
GENERATOR = "examples.retailer"


@click.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True,
    help="Directory to write to: new, or with the same sample up to an earlier day.",
)  # fmt: skip
@click.option("--customers", type=click.IntRange(min=1), help="People known at the end [20000].")
@click.option(
    "--days", type=click.IntRange(min=1),
    help="Days of history up to 2026-06-30, or up to the last 15th of a month before an --until"
    " that is well before it [548].",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), help="All that is random follows from it [7].")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]),
    help="Last day; a later one extends the same sample [2026-06-30].",
)  # fmt: skip
@click.option(
    "--scenario", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file with rates, effects, hazard, answers and corruption.",
)  # fmt: skip
def sample(
    out: Path,
    customers: int | None,
    days: int | None,
    seed: int | None,
    until: dt.datetime | None,
    scenario: Path | None,
) -> int:
    """Write the sample company: raw files, company file, planted truth."""
    given = {
        "customers": customers,
        "days": days,
        "seed": seed,
        "until": until.date() if until else None,
        "scenario": scenario,
    }
    write_sample(out, to_stderr, **{k: str(v) for k, v in given.items() if v is not None})
    click.echo(f"next: wholeview run --company {out / 'company.yml'}")
    return 0


def write_sample(out: Path, say: Say, **options: str) -> None:
    """Write the sample company to `out`; what no option says is the generator's default.

    Args:
        out: Directory to write to.
        say: Told each line of progress.
        options: The generator's options as text, without their dashes.

    Raises:
        click.UsageError: The generator refused a wish; its one line is the message.
        click.ClickException: The generator failed otherwise.
    """
    command = [sys.executable, "-m", GENERATOR, "--out", str(out)]
    for name, value in options.items():
        command += [f"--{name}", value]
    child = subprocess.Popen(  # noqa: S603 - our own program, no shell
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert child.stdout is not None and child.stderr is not None
    for line in child.stdout:
        say(line.rstrip("\n"))
    # Errors are one line, or a traceback that fits the pipe: reading them last cannot block.
    message = child.stderr.read().strip().splitlines()
    if child.wait() == 2:
        raise click.UsageError(message[-1] if message else "the sample cannot be written")
    if child.returncode:
        said = message[-1] if message else "no message"
        raise click.ClickException(f"the sample's generator failed: {said}")
