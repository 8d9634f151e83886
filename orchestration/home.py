"""HOME: where everything that a run makes lies, with its modes and its lock.

Here: the paths of the house, `prepare`, the writer's lock. Not here: what is in the files (landing,
feeds, publishing know theirs; the key for pseudonyms is pseudonym_key.py's) and which directory is
HOME (the command).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.durable import make_directory, write_durably
from orchestration.pseudonym_key import KEY_VARIABLE, read_key

FORMAT_VERSION = "1"
_PARTS = (
    "landing/raw",
    "landing/rows",
    "feeds",
    "quarantine/lines",
    "quarantine/rows",
    "quarantine/fields",
    "state/identity",
    "state/models",
    "builds",
    "restricted",
    "dagster",
    "secrets",
    "published/versions",
)
#: What a path of HOME may not hold: SQL engines take it for a pattern, dbt for a placeholder.
_WILD = re.compile(r"[*?\[\]{}]")
_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")


class HomeLocked(RuntimeError):  # noqa: N818 - reads as the state it reports
    """Another run holds the lock of this HOME."""


class HomeFormatError(RuntimeError):
    """HOME was made by another format of the program, or cannot lie where it is to lie."""


def _safe(name: str) -> str:
    """A name that stays one path component; the company file allows no other."""
    if not _SAFE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a directory name")
    return name


@dataclass(frozen=True)
class Home:
    """The paths of one HOME. Directories exist after `prepare`; those of a source, when used."""

    root: Path

    # landing ------------------------------------------------------------------------------------
    def raw_dir(self, source: str) -> Path:
        """Bytes as received of a source."""
        return self.root / "landing" / "raw" / _safe(source)

    def rows_dir(self, source: str) -> Path:
        """Parsed rows of a source, a Parquet file per received file."""
        return self.root / "landing" / "rows" / _safe(source)

    def rows_file(self, source: str, file_id: str) -> Path:
        """Parsed rows of one received file."""
        return self.rows_dir(source) / f"{_safe(file_id)}.parquet"

    def mended_dir(self, source: str) -> Path:
        """Corrected rows of a source, a Parquet file per received file that has any."""
        return self.root / "landing" / "mended" / _safe(source)

    def mended_file(self, source: str, file_id: str) -> Path:
        """Corrected rows of one received file."""
        return self.mended_dir(source) / f"{_safe(file_id)}.parquet"

    # feeds --------------------------------------------------------------------------------------
    @property
    def feeds(self) -> Path:
        """All feeds."""
        return self.root / "feeds"

    def feed_dir(self, feed: str) -> Path:
        """One feed: `rows/`, `superseded/`, `touched/`."""
        return self.feeds / _safe(feed)

    def feed_rows(self, feed: str) -> Path:
        """The directory of a feed's rows."""
        return self.feed_dir(feed) / "rows"

    def feed_file(self, feed: str, kind: str, batch: int) -> Path:
        """A batch's file of a feed; `kind` is rows, superseded or touched; batch 0 is empty."""
        return self.feed_dir(feed) / _safe(kind) / f"b{batch:06d}.parquet"

    @property
    def batch_table(self) -> Path:
        """One row per source and batch, rewritten whole."""
        return self.feeds / "_batch" / "batch.parquet"

    # quarantine ---------------------------------------------------------------------------------
    def quarantine_lines(self, source: str, file_id: str) -> Path:
        """Framing failures of one received file."""
        return self.root / "quarantine" / "lines" / _safe(source) / f"{_safe(file_id)}.parquet"

    def quarantine_rows(self, feed: str, batch: int) -> Path:
        """Rows of a feed that failed the contract in one batch."""
        return self.root / "quarantine" / "rows" / _safe(feed) / f"b{batch:06d}.parquet"

    def quarantine_fields(self, feed: str, batch: int) -> Path:
        """Fields of a feed that were made NULL in one batch, with their raw text."""
        return self.root / "quarantine" / "fields" / _safe(feed) / f"b{batch:06d}.parquet"

    # state --------------------------------------------------------------------------------------
    @property
    def ledger(self) -> Path:
        """The ledger, a SQLite file."""
        return self.root / "state" / "ledger.sqlite"

    @property
    def identity(self) -> Path:
        """The id map and its events."""
        return self.root / "state" / "identity"

    def numbers(self, digest: str) -> Path:
        """What learnt gates know of the past, as counted in the way that a digest names."""
        return self.root / "state" / "gates" / f"numbers-{_safe(digest)}.parquet"

    @property
    def last_results(self) -> Path:
        """What the gates of the last run found."""
        return self.root / "state" / "gates" / "last_results.parquet"

    # builds and publishing ----------------------------------------------------------------------
    @property
    def builds(self) -> Path:
        """All builds."""
        return self.root / "builds"

    @property
    def tonight(self) -> Path:
        """Link to the build under way: the one path by which dbt knows every night's build."""
        return self.builds / "tonight"

    def build(self, build_id: str) -> Path:
        """One build's directory."""
        return self.builds / _safe(build_id)

    @property
    def published(self) -> Path:
        """What people read."""
        return self.root / "published"

    @property
    def versions(self) -> Path:
        """Published versions."""
        return self.published / "versions"

    def version_file(self, version: str) -> Path:
        """One published version."""
        return self.versions / f"{_safe(version)}.duckdb"

    @property
    def current(self) -> Path:
        """The link to the version that serves."""
        return self.published / "current.duckdb"

    @property
    def restricted_dir(self) -> Path:
        """Personal data that is kept apart."""
        return self.root / "restricted"

    @property
    def restricted(self) -> Path:
        """The database of personal data."""
        return self.restricted_dir / "restricted.duckdb"

    @property
    def dagster(self) -> Path:
        """Dagster's instance."""
        return self.root / "dagster"

    @property
    def key_file(self) -> Path:
        """The key that was made once, where none was given."""
        return self.root / "secrets" / "key"

    @property
    def key_mark(self) -> Path:
        """What tells the key that HOME began with from another; nobody can tell the key from it."""
        return self.root / "state" / "key_mark"

    @property
    def lock_file(self) -> Path:
        """The file that a running writer holds."""
        return self.root / "lock"

    # acts ---------------------------------------------------------------------------------------
    def prepare(self) -> Home:
        """Create the house with its modes and set the umask to 077; return self.

        Raises:
            HomeFormatError: HOME carries another format version, or its path holds a wildcard.
        """
        self._refuse_wild()
        os.umask(0o077)
        make_directory(self.root)
        self.root.chmod(0o710)
        for part in _PARTS:
            make_directory(self.root / part)
        for served in (self.published, self.versions):
            served.chmod(0o750)
        marker = self.root / "format_version"
        if not marker.exists():
            write_durably(marker, FORMAT_VERSION.encode())
        found = marker.read_text().strip()
        if found != FORMAT_VERSION:
            raise HomeFormatError(
                f"{self.root}: format {found}, this program writes {FORMAT_VERSION};"
                " use a new --home and run with --full"
            )
        return self

    def _refuse_wild(self) -> None:
        if wild := _WILD.search(str(self.root)):
            raise HomeFormatError(
                f"{self.root}: a home cannot lie in a folder whose name holds {wild[0]};"
                " name another with --home"
            )

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the writer's lock while inside; it goes with the process, however that ends.

        Raises:
            HomeLocked: another run holds it.
            HomeFormatError: the path holds a wildcard.
        """
        self._refuse_wild()
        make_directory(self.root)
        handle = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
                raise HomeLocked(
                    f"{self.root}: another run (process {holder}) holds the lock;"
                    " wait until it has ended"
                ) from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(handle)

    def is_locked(self) -> bool:
        """Whether a living writer holds the lock.

        There is no looking at such a lock but by sharing it, so a run that begins in the same
        microsecond is refused as if another held it.
        """
        try:
            handle = os.open(self.lock_file, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def has_key(self, environ: Mapping[str, str] = os.environ) -> bool:
        """Whether `key` would give a key that exists already."""
        return bool(environ.get(KEY_VARIABLE)) or self.key_file.exists()

    def key(self, environ: Mapping[str, str] = os.environ) -> bytes:
        """The key for pseudonyms: WHOLEVIEW_KEY, else 32 random bytes made once in `secrets/`.

        The first key leaves its mark in `state/`, since with another one every person would get
        other pseudonyms and part from their own past.

        Raises:
            KeyRefused: the key has fewer than 16 bytes, or the one that HOME began with is another
                or lost.
        """
        return read_key(self.root, self.key_file, self.key_mark, environ)
