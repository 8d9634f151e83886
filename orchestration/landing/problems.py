"""What the reader of files says when something is wrong, and what it says at the end.

Here: the refusal of a file, a bad record, the result of landing a source. Not here: the rules that
find them. Messages carry names, counts and limits, never a value from the data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from quality.reasons import REASONS


class Refused(Exception):  # noqa: N818 - reads as the state it reports
    """A file of which nothing is loaded: `code` of the registry, and one line on what to do."""

    def __init__(self, code: str, message: str) -> None:
        if code not in REASONS:
            raise KeyError(code)
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class BadRecord:
    """A record that framing kept aside. Lines are physical and count from 1, both included."""

    first_line: int
    last_line: int
    raw: bytes  # as in the file (in UTF-8), line end included
    reasons: tuple[str, ...]  # sorted


@dataclass(frozen=True)
class Counts:
    """The books of framing: records, and blank lines."""

    framed: int = 0
    parsed: int = 0
    quarantined: int = 0
    blank: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.framed + other.framed,
            self.parsed + other.parsed,
            self.quarantined + other.quarantined,
            self.blank + other.blank,
        )

    def check(self) -> Counts:
        """Return self where the books balance.

        Raises:
            AssertionError: framed is not parsed + quarantined + blank: a defect of the reader.
        """
        if self.framed != self.parsed + self.quarantined + self.blank:
            raise AssertionError(f"the books of framing do not balance: {self}")
        return self


@dataclass(frozen=True)
class FileProblem:
    """A file that was refused, deferred or only remarked on."""

    name: str
    code: str
    message: str


class SourceStatus(StrEnum):
    """What became of a source in a night."""

    LOADED = "loaded"  # something new
    UNCHANGED = "unchanged"  # nothing new
    FAILED = "failed"  # missing, or a file was refused
    SKIPPED = "skipped"  # not there, and not required


@dataclass(frozen=True)
class SourceResult:
    """What landing a source came to. Counts are of this night's new files.

    `n_reparsed` files were received earlier and parsed anew, since the options or the parser
    changed: feeds that read the source are to be mapped anew.
    """

    source: str
    status: SourceStatus
    reason_code: str | None = None
    message: str | None = None
    n_files: int = 0
    n_loaded: int = 0
    n_unchanged: int = 0
    n_duplicate: int = 0
    n_replaced: int = 0
    n_refused: int = 0
    n_deferred: int = 0
    n_reparsed: int = 0
    bytes_read: int = 0
    counts: Counts = field(default_factory=Counts)
    problems: tuple[FileProblem, ...] = ()

    @property
    def n_framed(self) -> int:
        """Records and blank lines of this night's files."""
        return self.counts.framed

    @property
    def n_parsed(self) -> int:
        """Records that became rows."""
        return self.counts.parsed

    @property
    def n_quarantined(self) -> int:
        """Records that were set aside."""
        return self.counts.quarantined

    @property
    def n_blank(self) -> int:
        """Blank lines."""
        return self.counts.blank
