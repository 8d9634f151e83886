"""``wholeview init``: a company file drafted from raw files.

Belongs here: the command and where it writes. Does not: the guesses (orchestration.drafting).
"""

from __future__ import annotations

from pathlib import Path

import click

Paths = tuple[Path, ...]


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--from", "sources", multiple=True, required=True,
    type=click.Path(path_type=Path, exists=True), help="Raw files, and folders of them.",
)  # fmt: skip
@click.argument("more", nargs=-1, type=click.Path(path_type=Path, exists=True))
def init(directory: Path, sources: Paths, more: Paths) -> None:
    """Draft DIRECTORY/company.yml from raw files: wholeview init shop --from exports/*.csv."""
    from orchestration.drafting import draft_company

    target = directory / "company.yml"
    if target.exists():
        raise click.UsageError(f"{target} is there already; move it away, or name another folder")
    try:
        text = draft_company(target, (*sources, *more))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    directory.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    click.echo(f"wrote {target}; mend what is marked unsure, then:")
    click.echo(f"  wholeview check --company {target}")
