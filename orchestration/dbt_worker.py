"""dbt for a whole night, in a process of its own: a line in is a run, lines out are what it tells.

Belongs here: the child's side, calling dbt and saying what is read of its events. Does not: which
runs there are (assets/warehouse.py), or the parent's side (dbt_process.py).

A dbt process costs 2.5 CPU-s before its first model, and half as much again to write its debug log
as JSON that nobody reads. So one process serves all runs of a night. It is not the night's own
process, and lets go of the databases between two runs: others open them then. What a run of
``parse`` has read of the project the runs after it begin with, which saves each of them 0.7 CPU-s.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from typing import Any

#: The events that are passed on: how models and tests ended, and why not well.
TOLD = {"LogModelResult", "LogSeedResult", "LogTestResult", "RunResultError", "StatsLine"}


#: Objects made before garbage is looked for. By Python's own 700 the whole project, a million
#: objects that stay, is gone through again and again: an eighth of dbt's CPU.
GARBAGE_AFTER = 50_000


def main() -> None:
    """Serve until there is no more to do: standard input has come to its end."""
    gc.set_threshold(GARBAGE_AFTER)
    project: Any = None
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.update(request["environment"])
        ended, project = _run(request["arguments"], project)
        _say({"ended": ended})


def _run(arguments: Sequence[str], project: Any) -> tuple[Mapping[str, Any], Any]:
    """Run dbt once on a project that was parsed before, or None.

    Returns:
        Whether it went well, what it ended with and the CPU used so far; the project as it is
        known from here on.
    """
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    done = dbtRunner(project, callbacks=[_tell]).invoke([*arguments])
    _let_go()
    if isinstance(done.result, Manifest):
        project = done.result
        gc.freeze()
    used = resource.getrusage(resource.RUSAGE_SELF)
    ended = {
        "success": done.success,
        "error": None if done.exception is None else str(done.exception),
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }
    return ended, project


def _let_go() -> None:
    """Close the databases, which dbt-duckdb keeps open as long as its process lives."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    opened: Any = DuckDBConnectionManager._ENV
    if opened is not None:  # None where dbt came no further than its arguments
        opened.close()
    DuckDBConnectionManager.close_all_connections()


def _tell(event: Any) -> None:
    if event.info.name in TOLD:
        from dbt_common.events.functions import msg_to_dict

        _say({"event": msg_to_dict(event)})


def _say(what: Mapping[str, Any]) -> None:
    try:
        print(json.dumps(what), flush=True)
    except BrokenPipeError:  # the night was killed: nobody waits for the rest
        os._exit(1)


if __name__ == "__main__":
    main()
