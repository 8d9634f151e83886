"""``wholeview versions``: what was published, and which version serves.

Belongs here: the list. Does not: changing it (rollback.py, publish.py).
"""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.cli.options import existing_home, home_option
from orchestration.ledger import Ledger
from orchestration.publish import current_version


@click.command()
@home_option
def versions(home: Path | None) -> None:
    """List the published versions, newest first; the one that serves has a star."""
    where = existing_home(home)
    current = current_version(where.published)
    with Ledger(where.ledger) as ledger:
        found = ledger.versions()
    if not found:
        click.echo("nothing has been published yet; see 'wholeview status' for the last run")
    for version in reversed(found):
        kept = where.version_file(version.version).exists()
        size = f"{version.bytes / 1e6:10,.1f} MB" if kept else "      removed"
        star = "*" if version.version == current else " "
        click.echo(
            f"{star} {version.version}  as of {version.as_of_on}"
            f"  published {version.published_at:%Y-%m-%d %H:%M} UTC{size}"
            f"  content {version.content_sha256[:12]}"
        )
