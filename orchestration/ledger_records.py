"""The facts that the ledger keeps: a dataclass for each of its tables, a field for each column.

Here: shapes only. Not here: how they are stored (ledger). Times are aware datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Batch:
    """What one night received. `status` is open until the night is done."""

    batch: int
    run_id: str
    received_at: datetime
    night_on: date | None = None
    night_end_at: datetime | None = None
    status: str = "open"


@dataclass(frozen=True)
class Arrival:
    """One received file of a source; `status` is loaded, refused or duplicate."""

    source: str
    file_id: str  # first 16 hexadecimal digits of sha256
    sha256: str
    name: str  # relative to the source's directory: the name that a later version replaces
    path: str
    bytes: int
    format: str
    batch: int
    received_at: datetime
    mtime_ns: int
    status: str
    snapshot_on: date | None = None
    reason: str | None = None
    message: str | None = None
    n_framed: int = 0
    n_parsed: int = 0
    n_quarantined: int = 0
    n_blank: int = 0
    parse_digest: str = ""  # how it was parsed: options and version of the parser
    rows_sha256: str | None = None  # manifest of the parsed rows
    seq: int | None = None  # order of arrival, given by the ledger


@dataclass(frozen=True)
class Book:
    """One figure of the books of a file, feed and mapping in a batch."""

    batch: int
    source: str
    file_id: str
    feed: str
    mapping_index: int
    stage: str
    measure: str
    value: int


@dataclass(frozen=True)
class SourceNight:
    """What became of a source in a run; `status` loaded, unchanged, failed, skipped or stale."""

    run_id: str
    source: str
    status: str
    reason: str | None = None
    message: str | None = None
    n_files: int = 0
    n_framed: int = 0
    n_parsed: int = 0
    n_quarantined: int = 0
    n_blank: int = 0
    data_through_at: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One timed step of a run; seconds of wall time and of CPU."""

    run_id: str
    build_id: str
    name: str
    started_at: datetime
    seconds: float
    cpu_seconds: float
    rows: int | None = None


@dataclass(frozen=True)
class Run:
    """One run; `status` is running, done, unchanged or failed."""

    run_id: str
    as_of: date | None
    started_at: datetime
    status: str = "running"
    finished_at: datetime | None = None
    message: str | None = None
    version: str | None = None
    build_id: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class Version:
    """One published version."""

    version: str
    build_id: str
    as_of_on: date
    published_at: datetime
    sha256: str
    bytes: int
    content_sha256: str
    fingerprint: str


@dataclass(frozen=True)
class Waiver:
    """One gate that a person lets pass from a night until another, both included."""

    gate: str
    night_on: date
    until_on: date
    waived_by: str
    why: str
    waived_at: datetime


@dataclass(frozen=True)
class IdentityDecision:
    """What a person decided of two customers or records; `verdict` is must_link or cannot_link.

    A row with the verdict `undo` takes the last one of the same two back. References are identity
    keys or customer ids, keys are JSON lists of identity keys: no value of anybody.
    """

    left_ref: str
    right_ref: str
    verdict: str
    left_keys: str
    right_keys: str
    decided_by: str
    why: str
    decided_at: datetime
    were_one: int | None = None  # whether they were one customer when it was decided


@dataclass(frozen=True)
class FileStat:
    """A file as the file system showed it when its bytes were last read."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    sha256: str
