"""``wholeview ui``: Dagster's webserver and daemon on this machine.

Belongs here: starting them on HOME. Does not: what they show (definitions.py).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from pathlib import Path

import click

from orchestration import settings
from orchestration.cli.options import company_option, home_of, home_option
from orchestration.cli.run import _default_company
from orchestration.company import load_company
from orchestration.home import Home, HomeLocked
from orchestration.instance import fail_stale_runs, instance_of, prepare_instance


@click.command()
@company_option
@home_option
@click.option("--port", type=int, default=3000, show_default=True, help="Port on 127.0.0.1.")
def ui(company: Path | None, home: Path | None, port: int) -> None:
    """Serve the Dagster UI on this machine alone, with the daemon and the nightly schedule."""
    where = home_of(home)
    file = company.absolute() if company else _default_company(where)
    load_company(file)
    _refuse_taken(port)
    where.prepare()
    _free_the_queue(where)
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(prepare_instance(where)),
        "WHOLEVIEW_HOME": str(where.root),
        "WHOLEVIEW_COMPANY": str(file),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        # `dagster dev` advertises its successor at every start
        "PYTHONWARNINGS": "ignore:Function `dev_command` is superseded",
    }
    click.echo(f"Dagster on http://127.0.0.1:{port}, once it has loaded; stop it with Ctrl-C")
    sys.stdout.flush()
    # started in the background by a script, Dagster would inherit that interrupts are ignored, and
    # then ignores being asked to end as well
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    beside = Path(sys.executable).with_name("dagster")
    workspace = str(settings.PROJECT / "workspace.yaml")
    os.execve(  # noqa: S606 - our own environment's dagster, no shell
        str(beside),
        # at the level of info every look of the sensor, twice a minute, is a line
        [str(beside), "dev", "-w", workspace, "-h", "127.0.0.1", "-p", str(port),
         "--log-level", "warning"],
        environment,
    )  # fmt: skip


def _free_the_queue(home: Home) -> None:
    """Fail runs that a crash left as started: the queue would wait for them for hours."""
    with contextlib.suppress(HomeLocked), home.lock(), instance_of(home) as instance:
        fail_stale_runs(instance, run_id="")


def _refuse_taken(port: int) -> None:
    """Say in one line that a port is taken: Dagster would start, and stop again, less plainly."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.UsageError(f"port {port} cannot be used; choose another: --port") from error
