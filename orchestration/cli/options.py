"""Options that several commands share, and finding the home and company that they mean.

Belongs here: ``--home`` and ``--company`` with their defaults. Does not: any command.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from orchestration import settings
from orchestration.home import Home

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

home_option: Decorator = click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), default=None,
    help="Directory of all that runs make [WHOLEVIEW_HOME, else ./.wholeview].",
)  # fmt: skip
company_option: Decorator = click.option(
    "--company", type=click.Path(path_type=Path, dir_okay=False), default=None,
    help="The company file [WHOLEVIEW_COMPANY, else the sample company].",
)  # fmt: skip


def home_of(given: Path | None) -> Home:
    """Give the home that a command means."""
    return Home((given or settings.default_home()).absolute())


def existing_home(given: Path | None) -> Home:
    """Give the home that a reading command means.

    Raises:
        click.UsageError: Where no run has made it yet.
    """
    home = home_of(given)
    if not home.ledger.exists():
        raise click.UsageError(f"{home.root}: no run has been here yet; start with 'wholeview run'")
    return home
