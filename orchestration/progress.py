"""What is being done, on how many rows, said while it is done.

Belongs here: the display of a run and the measure of its steps (wall time, CPU of this process and
of those it started). Does not: what the steps do, or where their figures are kept (ledger.py).
"""

from __future__ import annotations

import contextlib
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Say = Callable[[str], None]

#: Nothing goes on for longer than this without a sign of progress, in seconds.
HEARTBEAT_SECONDS = 5.0


@dataclass
class Step:
    """One step of a run as it is measured."""

    name: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    rows: int | None = None
    notes: list[str] = field(default_factory=list)


def silent(_: str) -> None:
    """Say nothing: for tests and for callers that have a display of their own."""


def to_stderr(line: str) -> None:
    """Say a line on standard error, at once."""
    print(line, file=sys.stderr, flush=True)


def cpu_seconds() -> float:
    """Give the CPU that this process and its ended children have used, user and system."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@contextlib.contextmanager
def measured(name: str, say: Say) -> Iterator[Step]:
    """Measure a step and keep saying that it is under way.

    The step's ``rows`` and ``notes`` are for its body to fill; they are said at its end. To its
    ``cpu_seconds`` the body adds those of a process that outlives the step.
    """
    step = Step(name)
    started, cpu = time.monotonic(), cpu_seconds()
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(name, say, started, done), daemon=True)
    beat.start()
    try:
        yield step
    finally:
        done.set()
        beat.join()
        step.seconds = time.monotonic() - started
        step.cpu_seconds += cpu_seconds() - cpu
    rows = "" if step.rows is None else f"{step.rows:>12,} rows"
    notes = "; ".join(step.notes)
    say(f"  {name:<28}{rows:<18}{step.seconds:6.1f} s  {notes}".rstrip())


def _beat(name: str, say: Say, started: float, done: threading.Event) -> None:
    while not done.wait(HEARTBEAT_SECONDS):
        say(f"  {name} … {time.monotonic() - started:.0f} s")


def sparingly(say: Say, seconds: float = 1.0) -> Say:
    """Say a line only where none was said for some seconds: for what comes by the hundred.

    The first line too waits that long: what is done at once needs no sign of life.
    """
    last = time.monotonic()

    def now_and_then(line: str) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            say(line)
            last = time.monotonic()

    return now_and_then


_display: list[Say] = []


def set_display(say: Say | None) -> None:
    """Set where this process shows runs; None leaves it to the orchestrator's log."""
    _display[:] = [say] if say else []


def display() -> Say | None:
    """Give what :func:`set_display` set."""
    return _display[0] if _display else None
