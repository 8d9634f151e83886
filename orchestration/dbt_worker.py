"""dbt for a whole night, in a process of its own: a line in is a run, lines out are what it tells.

Belongs here: the child's side, calling dbt and saying what is read of its events. Does not: which
runs there are (assets/warehouse.py), or the parent's side (dbt_process.py).

A dbt process costs 2.5 CPU-s before its first model, and half as much again to write its debug log
as JSON that nobody reads. So one process serves all runs of a night. It is not the night's own
process, and lets go of the databases between two runs: others open them then.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from typing import Any

#: The events that are passed on: how models and tests ended, and why not well.
TOLD = {"LogModelResult", "LogSeedResult", "LogTestResult", "RunResultError", "StatsLine"}


def main() -> None:
    """Serve until there is no more to do: standard input has come to its end."""
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.update(request["environment"])
        _say({"ended": _run(request["arguments"])})


def _run(arguments: Sequence[str]) -> Mapping[str, Any]:
    """Run dbt once; give whether it went well, what it ended with, and the CPU used so far."""
    from dbt.cli.main import dbtRunner

    done = dbtRunner(callbacks=[_tell]).invoke([*arguments])
    _let_go()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "success": done.success,
        "error": None if done.exception is None else str(done.exception),
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }


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
