"""``wholeview ui``: Dagster's webserver and daemon on this machine.

Belongs here: starting them on HOME. Does not: what they show (definitions.py).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from orchestration import settings
from orchestration.cli.options import company_option, home_of, home_option
from orchestration.cli.run import _default_company
from orchestration.company import load_company
from orchestration.instance import prepare_instance


@click.command()
@company_option
@home_option
@click.option("--port", type=int, default=3000, show_default=True, help="Port on 127.0.0.1.")
def ui(company: Path | None, home: Path | None, port: int) -> None:
    """Serve the Dagster UI on this machine alone, with the daemon and the nightly schedule."""
    where = home_of(home)
    file = company.absolute() if company else _default_company(where)
    load_company(file)
    where.prepare()
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(prepare_instance(where)),
        "WHOLEVIEW_HOME": str(where.root),
        "WHOLEVIEW_COMPANY": str(file),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
    beside = Path(sys.executable).with_name("dagster")
    workspace = str(settings.PROJECT / "workspace.yaml")
    os.execve(  # noqa: S606 - our own environment's dagster, no shell
        str(beside),
        [str(beside), "dev", "-w", workspace, "-h", "127.0.0.1", "-p", str(port)],
        environment,
    )
