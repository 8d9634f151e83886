"""``wholeview quarantine``: what was kept aside and why, its raw lines, taking it in when mended.

Belongs here: the three commands and what they print. Does not: which records stand (kept_aside),
corrected rows (correcting) and working them in (replay). Raw text is personal data: it goes to the
terminal of who asks or to a file of mode 0600, never to a log or a pipe.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration import settings
from orchestration.cli.options import company_option, existing_home, home_option
from orchestration.company import load_company
from orchestration.home import Home
from orchestration.ledger import Ledger

if TYPE_CHECKING:
    from orchestration.company import Company
    from orchestration.replay import Counts, Replayed, Selection

_MOST_SHOWN = 20
_STOPPED = 1
_file_option = click.option("--file", "file", help="Only records of this file (its name).")
_reason_option = click.option("--reason", help="Only records with this reason, e.g. ts.type.")


@click.group()
def quarantine() -> None:
    """What was kept aside and why; the raw lines; taking rows in after they were mended."""


def _selects(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (company_option, home_option, _reason_option, _file_option):
        command = option(command)
    return command


def _opened(home: Path | None, company: Path | None) -> tuple[Home, Company]:
    where = existing_home(home)
    return where, load_company((company or settings.default_company(where.root)).absolute())


def _selection(file: str | None, reason: str | None) -> Selection:
    from orchestration.replay import Selection
    from quality.reasons import REASONS

    code = (reason or "").partition(":")[0]
    if reason and code not in REASONS and code.rpartition(".")[2] not in ("type", "range"):
        raise click.UsageError(f"no reason is called {reason}; see docs/reason-codes.md")
    return Selection(file, reason)


@quarantine.command("list")
@_selects
def list_records(
    file: str | None, reason: str | None, home: Path | None, company: Path | None
) -> None:
    """Count what stands aside by source, feed and reason (a record counts for each reason)."""
    from orchestration.kept_aside import stage_handling
    from orchestration.replay import count_standing

    where, loaded = _opened(home, company)
    with Ledger(where.ledger) as ledger:
        counts = count_standing(where, ledger, loaded, _selection(file, reason))
    if not counts:
        click.echo("nothing stands aside")
        return
    click.echo(f"{'source':<20} {'feed':<18} {'stage':<6} {'reason':<26} {'':<2} {'records':>9}")
    for (source, feed, stage, code), n in counts.items():
        handling = stage_handling(stage, code) or "?"
        click.echo(f"{source:<20} {feed or '-':<18} {stage:<6} {code:<26} {handling:<2} {n:>9,}")
    click.echo(
        "show one with its raw lines: wholeview quarantine show --reason CODE;"
        " what a code means: docs/reason-codes.md"
    )


@quarantine.command("show")
@_selects
@click.option(
    "--limit", type=click.IntRange(min=1), default=_MOST_SHOWN, show_default=True,
    help="Records that are shown.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None,
    help="Write them all as CSV for mending instead (personal data: mode 0600).",
)  # fmt: skip
def show(
    file: str | None, reason: str | None, home: Path | None, company: Path | None,
    limit: int, out: Path | None,
) -> None:  # fmt: skip
    """Show the raw lines of what stands aside: personal data, on a terminal only."""
    from orchestration.correcting import CorrectionsError, write_for_mending

    where, loaded = _opened(home, company)
    selection = _selection(file, reason)
    with Ledger(where.ledger) as ledger:
        if out is None:
            _show(where, ledger, loaded, selection, limit)
            return
        try:
            n = write_for_mending(where, ledger, loaded, selection, out)
        except CorrectionsError as error:
            raise click.UsageError(str(error)) from None
    click.echo(
        f"{n:,} rows written to {out} (personal data: delete it when done); mend them there, then:"
        f" wholeview quarantine replay --with {out}"
    )


def _show(home: Home, ledger: Ledger, company: Company, selection: Selection, limit: int) -> None:
    from orchestration.records_aside import records_aside

    is_private = sys.stdout.isatty()
    found, n_all = records_aside(home, ledger, company, selection, limit, with_raw=is_private)
    if not found:
        click.echo("nothing stands aside that these options name")
        return
    for record in found:
        lines = f"line {record.first_line}"
        if record.last_line > record.first_line:
            lines = f"lines {record.first_line}-{record.last_line}"
        of_feed = f", feed {record.feed}" if record.feed else ""
        click.echo(f"{record.source}: {record.file_name}, {lines}{of_feed}:"
                   f" {', '.join(record.details)}")  # fmt: skip
        for line in record.raw:
            click.echo(f"    {line}")
    if n_all > len(found):
        click.echo(f"and {n_all - len(found):,} more; --limit shows more of them")
    if not is_private:
        click.echo("raw lines are personal data, shown on a terminal only; --out FILE writes them")


@quarantine.command("replay")
@_selects
@click.option(
    "--with", "with_file", type=click.Path(path_type=Path, dir_okay=False), default=None,
    help="Corrected rows, as `quarantine show --out` writes them (CSV or JSON lines).",
)  # fmt: skip
@click.pass_context
def replay(
    ctx: click.Context, file: str | None, reason: str | None, home: Path | None,
    company: Path | None, with_file: Path | None,
) -> None:  # fmt: skip
    """Take rows in after the company file was mended, or with corrected rows of a file.

    Exit status: 0 done, 1 a file or feed was refused, 2 the options or the file are wrong, 3
    another run holds the lock.
    """
    from orchestration.correcting import Corrected, CorrectionsError, read_corrections
    from orchestration.replay import replay as take_in

    where, loaded = _opened(home, company)
    selection = _selection(file, reason)
    with where.lock(), Ledger(where.ledger) as ledger:
        where.prepare()
        try:
            corrected = Corrected()
            if with_file is not None:
                corrected = read_corrections(where, ledger, loaded, with_file, selection)
        except CorrectionsError as error:
            raise click.UsageError(str(error)) from None
        done = take_in(
            where, ledger, loaded, where.key(), selection, corrected.rows,
            lambda line: click.echo(line, err=True),
        )  # fmt: skip
    if with_file is not None:
        said = f"{corrected.n_rows:,} rows read, {done.n_corrected:,} new corrections"
        click.echo(said + (f", {corrected.n_empty:,} left empty" if corrected.n_empty else ""))
    _tell(done)
    if done.problems or any(not result.is_good for result in done.feeds):
        ctx.exit(_STOPPED)


def _tell(done: Replayed) -> None:
    for problem in done.problems:
        click.echo(f"{problem.code}: {problem.message}")
    for result in done.feeds:
        if not result.is_good:
            click.echo(f"feed {result.feed}: {result.message}")
    for source, before, after in _by_source(done.before, done.after):
        if before != after:
            click.echo(f"{source}: {before:,} reasons before, {after:,} now")
    click.echo(f"{done.n_taken_in:,} taken in, {sum(done.after.values()):,} still stand aside")
    if done.rebuilt:
        feeds = ", ".join(done.rebuilt)
        click.echo(f"mapped anew: {feeds}; publish it with: wholeview run")
    elif not done.problems:
        click.echo(
            "nothing has changed since these rows were judged: mend the mapping or the contract,"
            " or give corrected rows (quarantine show --out FILE, then replay --with FILE)"
        )


def _by_source(before: Counts, after: Counts) -> list[tuple[str, int, int]]:
    first: Counter[str] = Counter()
    then: Counter[str] = Counter()
    for counter, counts in ((first, before), (then, after)):
        for (source, *_), n in counts.items():
            counter[source] += n
    return [(source, first[source], then[source]) for source in sorted({*first, *then})]
