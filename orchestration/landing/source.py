"""Landing one source for one night: every file of it looked at, and the ledger told.

Here: what its files make of the source. Bad input never raises: it is refused with a code and a
line on what to do. Not here: what becomes of each file (intake), and what a failed source does to
the night.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestration.home import Home
from orchestration.landing.discovery import Discovery, discover
from orchestration.landing.intake import Intake, Progress, received_of
from orchestration.landing.options import options_for
from orchestration.landing.problems import Counts, FileProblem, Refused, SourceResult, SourceStatus
from orchestration.landing.raw_lines import raw_lines
from orchestration.ledger import Arrival, Ledger

if TYPE_CHECKING:
    from orchestration.company import Company, Source


# Remarks that are worth telling of a source that was taken in, or that could not be yet.
_NOTED = ("file.not_settled", "file.domain_shift", "file.date_mismatch", "schema.missing_optional",
          "schema.extra")  # fmt: skip


def land_source(
    home: Home,
    ledger: Ledger,
    company: Company,
    source: str,
    batch: int,
    received_at: datetime,
    progress: Progress,
    since_batch: int | None = None,
    fetched: Discovery | None = None,
    refusal: Refused | None = None,
    unchanged: Sequence[str] = (),
) -> SourceResult:
    """Land one source; see `SourceResult`. Landing again in the same batch adds nothing.

    Args:
        home: a prepared HOME.
        ledger: its ledger.
        company: the company file.
        source: the name of the source.
        batch: the open batch.
        received_at: when the night began: the time of receipt of all that is new.
        progress: told each file that is taken in.
        since_batch: the first batch whose files count as new; by default the open one.
        fetched: what was fetched of a source that is no files of this machine.
        refusal: why not all of it could be fetched; what was, is landed all the same.
        unchanged: names that are there as they were landed, and were not fetched again.
    """
    declared = company.sources[source]
    if fetched is not None:  # a moment old, and whole: there is nothing to wait for
        declared = dataclasses.replace(declared, settle_seconds=0)
    found = fetched or discover(declared.files, company.base_dir, declared.format)
    intake = Intake(home, ledger, company, declared, batch, received_at, progress)
    if result := _missing(declared, found, intake):
        return result
    intake.outcomes.update(dict.fromkeys(unchanged, "unchanged"))
    for file in found.files:
        intake.consider(file)
    intake.parse_anew()
    if refusal is not None:
        intake.stop(source, refusal)
    first = batch if since_batch is None else since_batch
    tonight = [a for a in ledger.arrivals(source) if a.batch >= first]
    return _result(declared, found, intake, tonight)


def parse_anew(
    home: Home, ledger: Ledger, company: Company, source: str, progress: Progress
) -> tuple[int, list[FileProblem]]:
    """Parse what a source holds anew where its options or corrections changed; take in nothing.

    Returns:
        How many files were parsed, and those that are refused now.
    """
    declared = company.sources[source]
    never = datetime.fromtimestamp(0, UTC)  # of use to new files only
    intake = Intake(home, ledger, company, declared, 0, never, progress)
    intake.parse_anew()
    return intake.n_reparsed, intake.stopping


def received_lines(
    home: Home,
    ledger: Ledger,
    company: Company,
    source: str,
    file_id: str,
    spans: Iterable[tuple[int, int]],
) -> dict[tuple[int, int], bytes]:
    """Physical lines of a received text file; none of one that has no lines, or no longer opens."""
    arrival = next((a for a in ledger.arrivals(source) if a.file_id == file_id), None)
    if arrival is None or arrival.format not in ("csv", "jsonl"):
        return {}
    received = received_of(home, arrival)
    try:
        options = options_for(company.sources[source], arrival.name, 1.0)
        return raw_lines(received.raw, arrival.name, options, spans)
    except (Refused, OSError):
        return {}


def _failed(source: str, code: str, message: str) -> SourceResult:
    problem = FileProblem(source, code, message)
    return SourceResult(source, SourceStatus.FAILED, code, message, problems=(problem,))


def _missing(source: Source, found: Discovery, intake: Intake) -> SourceResult | None:
    """The result where files are missing that should be there; None where none are."""
    absent = list(found.missing_files)
    if not found.files and not intake.holdings.current():
        absent += found.empty_patterns
    if not absent or (found.files and not source.required):
        return None
    shown = ", ".join(absent[:3]) + (" …" if len(absent) > 3 else "")
    message = f"{shown}: no such file; put it there, or mend `files` of the source"
    if source.required:
        return _failed(source.name, "file.missing", message)
    problem = FileProblem(source.name, "file.missing", message)
    return SourceResult(
        source.name, SourceStatus.SKIPPED, "file.missing", message, problems=(problem,)
    )


def _result(
    source: Source, found: Discovery, intake: Intake, tonight: list[Arrival]
) -> SourceResult:
    """What the night came to, by the ledger, so that a night that was resumed counts whole."""
    loaded = [a for a in tonight if a.status == "loaded"]
    names = {a.name for a in tonight}
    counts = Counts()
    for a in loaded:
        counts += Counts(a.n_framed, a.n_parsed, a.n_quarantined, a.n_blank)
    outcomes = intake.outcomes
    first = intake.stopping[0] if intake.stopping else None
    status = SourceStatus.LOADED if loaded else SourceStatus.UNCHANGED
    noted = [p for p in intake.problems if p.code in _NOTED]
    told = first or (noted[0] if noted else None)
    others = len(intake.stopping if first else noted) - 1
    more = f" (and {others} more)" if others > 0 else ""
    return SourceResult(
        source=source.name,
        status=SourceStatus.FAILED if first else status,
        reason_code=told.code if told else None,
        message=told.message + more if told else None,
        n_files=len({*outcomes, *(file.name for file in found.files)}),
        n_loaded=len(loaded),
        n_unchanged=sum(o == "unchanged" and name not in names for name, o in outcomes.items()),
        n_duplicate=sum(a.status == "duplicate" for a in tonight),
        n_replaced=sum(a.reason == "file.replaced" for a in loaded),
        n_refused=list(outcomes.values()).count("refused"),
        n_deferred=list(outcomes.values()).count("deferred"),
        n_reparsed=intake.n_reparsed,
        bytes_read=intake.bytes_read,
        counts=counts.check(),
        problems=tuple(intake.problems),
    )
