"""When the sample's history begins and ends, and which days have files of their own.

Belongs here: the dates and sizes of a sample, and the manifest that lets a later run extend it.
Does not: anything random, and anything about people.

The law of this module: a file's content never depends on `until`. Hence the first day is counted
back from an anchor and not from `until`, and the days up to `archive_on` come as an archive while
every later day has its own files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

DEFAULT_CUSTOMERS = 20_000
DEFAULT_DAYS = 548
DEFAULT_SEED = 7
DEFAULT_UNTIL = date(2026, 6, 30)
#: Days before the anchor that come as daily files; what is older comes as an archive.
DAILY_DAYS = 30
#: Raised when the same seed gives other bytes than before: an old directory is then not extended.
GENERATOR = 9
#: People in one block: what is simulated and written at a time. More people are more blocks, each
#: a world of its own that shares the company with the others, so memory does not grow with them.
BLOCK = 25_000
MANIFEST = "sample.json"
_EPOCH = date(1970, 1, 1)


class SampleError(ValueError):
    """A wish that cannot be met; the message says what to change."""


@dataclass(frozen=True)
class Plan:
    """Dates and sizes of one sample. All fields but `until` are fixed when it is first made."""

    customers: int
    seed: int
    first: date
    anchor: date
    archive_on: date
    until: date
    scenario_digest: str
    block_size: int = BLOCK

    @property
    def n_blocks(self) -> int:
        """Blocks of people; person p is in block p modulo this."""
        return -(-self.customers // self.block_size)

    @property
    def first_day(self) -> int:
        """Day number (days since 1970) of the first day of history."""
        return day_number(self.first)

    @property
    def until_day(self) -> int:
        """Day number of the last day of history."""
        return day_number(self.until)

    @property
    def archive_day(self) -> int:
        """Day number of the last day that comes in the archive; before `first_day` if none does."""
        return day_number(self.archive_on)

    @property
    def n_weeks(self) -> int:
        """Weeks to simulate: those that hold a day of history, the last one whole."""
        return (self.until_day - self.first_day) // 7 + 1

    def people_through(self, week: int) -> int:
        """Count the people who have come by the end of a week; 60 % are there at the start.

        The rest come evenly until the anchor, and go on coming after it at the same pace.
        """
        initial = max(1, self.n_blocks, round(0.6 * self.customers))
        base_weeks = max(1, (day_number(self.anchor) - self.first_day) // 7 + 1)
        return initial + (self.customers - initial) * (week + 1) // base_weeks

    def people_of_block(self, block: int, week: int) -> int:
        """Count the people of one block who have come by the end of a week, at least one."""
        return (self.people_through(week) - block - 1) // self.n_blocks + 1


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def as_date(number: int) -> date:
    """Turn a day number into its date."""
    return _EPOCH + timedelta(days=int(number))


def make_plan(
    customers: int,
    days: int,
    seed: int,
    until: date,
    scenario_digest: str = "",
    block_size: int = BLOCK,
) -> Plan:
    """Plan a new sample.

    `days` are counted back from an anchor: the default last day, or, for an `until` well before
    it, the last 15th of a month that is not after `until`. Two runs with neighbouring `until`
    thereby begin on the same day.

    Raises:
        SampleError: a size below one.
    """
    if customers < 1 or days < 1:
        raise SampleError("--customers and --days must be at least 1")
    reach = timedelta(days=min(days // 2, DAILY_DAYS - 1))
    anchor = DEFAULT_UNTIL if until >= DEFAULT_UNTIL - reach else _last_15th(until)
    first = anchor - timedelta(days=days - 1)
    archive = anchor - timedelta(days=DAILY_DAYS)
    if archive < first:
        archive = first - timedelta(days=1)
    return Plan(customers, seed, first, anchor, archive, until, scenario_digest, block_size)


def _last_15th(until: date) -> date:
    if until.day >= 15:
        return until.replace(day=15)
    return (until.replace(day=1) - timedelta(days=1)).replace(day=15)


def resume(out: Path, wanted: Plan) -> Plan:
    """Give the plan of the sample that `out` already holds, carried on to the wanted last day.

    Raises:
        SampleError: `out` holds another sample, or files that are no sample.
    """
    path = out / MANIFEST
    if not path.exists():
        if out.exists() and any(out.iterdir()):
            raise SampleError(f"{out} is not empty and holds no sample: choose another --out")
        return wanted
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        same = {"customers", "seed", "scenario_digest", "generator", "block_size"}
        differs = sorted(k for k in same if held[k] != manifest(wanted)[k])
        if not differs:
            first, anchor, archive = (
                date.fromisoformat(held[key]) for key in ("first", "anchor", "archive_on")
            )
    except (ValueError, KeyError, TypeError) as error:
        raise SampleError(f"{path} cannot be read: choose another --out") from error
    if differs:
        names = ", ".join(differs)
        raise SampleError(f"{out} holds a sample with another {names}: choose another --out")
    if wanted.until < first:
        raise SampleError(f"--until is before the sample's first day, {first}")
    return replace(wanted, first=first, anchor=anchor, archive_on=archive)


def manifest(plan: Plan) -> dict[str, object]:
    """What a later run must know to extend the sample; nothing in it depends on `until`."""
    return {
        "generator": GENERATOR,
        "customers": plan.customers,
        "seed": plan.seed,
        "first": plan.first.isoformat(),
        "anchor": plan.anchor.isoformat(),
        "archive_on": plan.archive_on.isoformat(),
        "scenario_digest": plan.scenario_digest,
        "block_size": plan.block_size,
    }
