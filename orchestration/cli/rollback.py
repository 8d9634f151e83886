"""``wholeview rollback``: let an earlier version serve again.

Belongs here: choosing the version. Does not: moving the link (publish.py).
"""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.cli.options import existing_home, home_option
from orchestration.publish import PublishError, current_version, point_current


@click.command()
@click.argument("version", required=False)
@home_option
def rollback(version: str | None, home: Path | None) -> None:
    """Point `current` back to VERSION, or to the one before; the next run publishes anew."""
    where = existing_home(home)
    with where.lock():
        current = current_version(where.published)
        if version is None:
            older = [
                file.stem
                for file in sorted(where.versions.glob("v*.duckdb"))
                if current is None or file.stem < current
            ]
            if not older:
                raise PublishError("there is no earlier version; 'wholeview versions' lists them")
            version = older[-1]
        point_current(where.published, version)
    click.echo(f"{version} serves now (before: {current})")
