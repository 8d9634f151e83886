"""Gates that a person lets pass for a night, or until a day: kept in the ledger, applied, shown.

Belongs here: which waiver holds for a result. Does not: asking for one (cli/gates.py), or what a
gate found, which a waiver never changes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

from orchestration.ingest import business_date
from orchestration.ledger import Waiver
from orchestration.night import Night
from quality.gates import CheckResult


def waived(night: Night, results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results, those marked that failed and that a person lets pass this night."""
    waivers = night.ledger.waivers()
    if not waivers:
        return list(results)
    day = night.as_of or business_date(night)
    return [_marked(result, waiver_of(waivers, result.gate, day)) for result in results]


def waiver_of(waivers: Iterable[Waiver], gate: str, day: dt.date) -> Waiver | None:
    """The last waiver that lets a gate pass on a night, or None."""
    holding = [w for w in waivers if w.gate == gate and w.night_on <= day <= w.until_on]
    return holding[-1] if holding else None


def _marked(result: CheckResult, waiver: Waiver | None) -> CheckResult:
    if waiver is None or result.passed or result.is_skipped:
        return result
    return dataclasses.replace(
        result,
        is_waived=True,
        waived_by=waiver.waived_by,
        waived_why=waiver.why,
        message=f"{result.message}; waived by {waiver.waived_by}: {waiver.why}",
    )
