"""One night: what a run knows, from the lock that it holds to the build that it makes.

Belongs here: opening and closing a run, its steps in the ledger, how it stops. Does not: what the
steps do (ingest.py, build.py, the estimators, publish.py) or in which order (assets/).

A night is kept by its run id within the process, because the in-process executor runs all steps
of a run in one process, and a build is made by one run whole or thrown away.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import settings
from orchestration.home import Home
from orchestration.ledger import Ledger, Run
from orchestration.ledger import Step as StepRecord
from orchestration.progress import Say, Step, measured, silent

if TYPE_CHECKING:
    from orchestration.company import Company

#: What a run says that a signal ended.
INTERRUPTED = "interrupted from outside; nothing was published; 'wholeview run' goes on from here"


class NightStopped(Exception):  # noqa: N818 - reads as what happened
    """A source, a gate or a check stopped the night; the message is one line to act on."""


@dataclass
class Night:
    """A run under way. Attributes that are None are not known yet."""

    company: Company
    home: Home
    ledger: Ledger
    run_id: str
    night_on: dt.date  # the business date that the run is for; the upper bound of latest_data
    is_exact: bool  # whether night_on was asked for by name
    full: bool
    started_at: dt.datetime
    batch: int
    say: Say = silent
    as_of: dt.date | None = None
    build_id: str | None = None
    version: str | None = None
    fingerprint: str | None = None
    previous: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)
    feeds: dict[str, Any] = field(default_factory=dict)
    checks: list[Any] = field(default_factory=list)
    rebuilt_feeds: set[str] = field(default_factory=set)
    is_full_refresh: bool = False
    is_unchanged: bool = False  # nothing is new: what follows the feeds is skipped
    identity: Any = None
    scores: Any = None
    dbt: Any = None  # the process that runs dbt, once it has begun
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    under_way: str | None = None  # the step that is being done, or in which the night stopped
    error: BaseException | None = None  # as it was raised: it may hold values, and stays in memory

    @property
    def build(self) -> Path:
        """The build's directory."""
        if self.build_id is None:
            raise NightStopped(
                "this run has no build; run the whole night again, a build is made whole or not"
            )
        return self.home.build(self.build_id)

    @property
    def as_of_date(self) -> dt.date:
        """The business date of the run, once the feeds have said it."""
        if self.as_of is None:
            raise NightStopped("this run does not know its date yet; run the whole night again")
        return self.as_of

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Measure a step, say it, and keep it in the ledger."""
        started_at = settings.utc_now()
        self.under_way = name
        with measured(name, self.say) as step:
            yield step
        self.under_way = None
        self.ledger.add_step(
            StepRecord(
                self.run_id, self.build_id or "", name, started_at, step.seconds,
                step.cpu_seconds, step.rows,
            )
        )  # fmt: skip

    def end(self, status: str, message: str | None = None) -> None:
        """Write how the run ended: done, unchanged or failed. The first failure is kept."""
        found = next((run for run in self.ledger.runs() if run.run_id == self.run_id), None)
        if found is None or found.status != "running":
            return
        if self.checks:
            from orchestration.last_results import keep_results

            keep_results(self.home, self.checks)
        self.ledger.put_run(
            dataclasses.replace(
                found, as_of=self.as_of, status=status, finished_at=settings.utc_now(),
                message=message, version=self.version if status == "done" else None,
                build_id=self.build_id, fingerprint=self.fingerprint,
            )
        )  # fmt: skip


_open_nights: dict[str, Night] = {}


def open_night(
    company: Company,
    home: Home,
    run_id: str,
    night_on: dt.date,
    *,
    is_exact: bool,
    full: bool = False,
    say: Say = silent,
) -> Night:
    """Open a run, or give the one that this process has open under the same id.

    Raises:
        HomeLocked: Another run holds the lock.
        HomeFormatError: HOME is of another format, or cannot lie where it does.
        KeyRefused: The key for pseudonyms is too short, or not this HOME's.
    """
    if run_id in _open_nights:
        return _open_nights[run_id]
    with contextlib.ExitStack() as opening:
        opening.enter_context(home.lock())
        home.prepare()
        _have_key(home, say)
        ledger = opening.enter_context(Ledger(home.ledger))
        started_at = settings.utc_now()
        _fail_stale_runs(ledger, started_at)
        ledger.put_run(Run(run_id, None, started_at))
        night = Night(
            company=company, home=home, ledger=ledger, run_id=run_id, night_on=night_on,
            is_exact=is_exact, full=full, started_at=started_at,
            batch=ledger.open_batch(run_id, started_at), say=say,
        )  # fmt: skip
        night.closing = opening.pop_all()  # the lock is held until the night is closed
    _open_nights[run_id] = night
    return night


def _have_key(home: Home, say: Say) -> None:
    """Refuse a bad key before anything is read, and say once that a new one was made."""
    is_new = not home.has_key()
    home.key()
    if is_new:
        say(f"made the key for pseudonyms, {home.key_file}: back it up with landing/ and state/")


def close_night(run_id: str) -> None:
    """End a run's dbt, close its ledger and give its lock back; twice is once."""
    night = _open_nights.pop(run_id, None)
    if night is not None:
        night.closing.close()


def found_night(run_id: str) -> Night | None:
    """Give the open night of a run id, if this process has it."""
    return _open_nights.get(run_id)


def open_nights() -> list[Night]:
    """Give the nights that this process has open."""
    return list(_open_nights.values())


def _fail_stale_runs(ledger: Ledger, now: dt.datetime) -> None:
    """A run that is still marked as running while we hold the lock was killed."""
    for run in ledger.runs():
        if run.status == "running":
            ledger.put_run(
                dataclasses.replace(
                    run, status="failed", finished_at=now, message="the run was killed"
                )
            )
