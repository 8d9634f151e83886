"""``wholeview verify``: whether the published files are what was published.

Belongs here: comparing with the ledger. Does not: how content is hashed (content.py).
"""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.cli.options import existing_home, home_option
from orchestration.content import content_hash
from orchestration.durable import sha256_of
from orchestration.ledger import Ledger
from orchestration.publish import current_version


@click.command()
@home_option
def verify(home: Path | None) -> int:
    """Check sha256 and content of every version that is kept; exit 1 where one differs."""
    where = existing_home(home)
    wrong, serving = 0, current_version(where.published)
    with Ledger(where.ledger) as ledger:
        known = ledger.versions()
    for version in known:
        file = where.version_file(version.version)
        if not file.exists():
            if version.version == serving:
                wrong += 1
                click.echo(f"{version.version}  serves, but its file is gone; roll back")
            continue
        if sha256_of(file) != version.sha256:
            wrong += 1
            click.echo(f"{version.version}  sha256 differs from what was published; roll back")
        elif content_hash(file) == version.content_sha256:
            click.echo(f"{version.version}  as published")
        else:  # the very bytes that were published: what counts as content has changed since
            click.echo(
                f"{version.version}  as published, by a program that hashed content otherwise"
            )
    return 1 if wrong else 0
