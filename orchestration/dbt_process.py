"""The night's dbt process as its parent sees it: runs handed over, events given back.

Belongs here: starting the child (dbt_worker.py), talking to it, ending it. Does not: what is run
(assets/warehouse.py) or what the events mean (dbt_results.py).
"""

from __future__ import annotations

import collections
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration import settings

#: By its path, so that it is this code's own; -P, so that its neighbours are no modules of dbt's.
WORKER = (sys.executable, "-P", str(Path(__file__).with_name("dbt_worker.py")))
#: The last lines that a child says which are no events: why it could not go on.
KEPT_LINES = 5
#: How long an idle child may take to end, in seconds.
PATIENCE_SECONDS = 10.0


class DbtFailed(RuntimeError):  # noqa: N818 - reads as what happened
    """dbt could not run, or ended otherwise than well; in dbt's words, not in ours."""

    may_quote_data = True


class DbtProcess:
    """One dbt process for the runs of a night, one after another.

    Attributes:
        cpu_seconds: CPU that the child has used, up to the end of its last run.
        error: What the last run ended with; None where it went well.
    """

    def __init__(self, command: Sequence[str] = WORKER) -> None:
        """Start the child; it reads dbt when the first run is handed over."""
        self.cpu_seconds = 0.0
        self.error: DbtFailed | None = None
        self._is_busy = False
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter
            [*command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, cwd=settings.TRANSFORMS,
        )  # fmt: skip

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Any]:
        """Run dbt and give its events as they come; ``error`` is known when they have ended.

        Args:
            arguments: Of dbt's command line.
            environment: Variables for this run and those after it.
        """
        self.error = DbtFailed("it was stopped")
        self._is_busy = True
        try:
            self._hand_over({"arguments": [*arguments], "environment": {**environment}})
            yield from self._events()
        finally:
            if self._is_busy:  # whoever waited was interrupted
                self.close()

    def close(self) -> None:
        """End the child, at once where it is at work; twice is once."""
        if self._is_busy:
            self._child.terminate()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._is_busy = False

    def _hand_over(self, request: Mapping[str, Any]) -> None:
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended: what it said tells why
            self._child.stdin.write(json.dumps(request) + "\n")
            self._child.stdin.flush()

    def _events(self) -> Iterator[Any]:
        assert self._child.stdout is not None
        others: collections.deque[str] = collections.deque(maxlen=KEPT_LINES)
        for line in self._child.stdout:
            told = _parsed(line)
            if "event" in told:
                yield told["event"]
            elif "ended" in told:
                self._end(told["ended"])
                return
            else:
                others.append(line.strip())  # in memory alone: it may quote the data
        self._is_busy = False
        code = self._child.wait()
        self.error = DbtFailed(f"its process ended with status {code}: {' '.join(others)}")

    def _end(self, ended: Mapping[str, Any]) -> None:
        self._is_busy = False
        self.cpu_seconds = ended["cpu_seconds"]
        self.error = None if ended["success"] else DbtFailed(ended["error"] or "a node failed")


def _parsed(line: str) -> dict[str, Any]:
    """Read a line of the worker's; what a library printed gives an empty dictionary."""
    try:
        told = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
