"""Taking a file in: its bytes as received, once, under the name of their SHA-256.

Here: what may be opened, whether it is at rest, its digest, the copy in landing. Not here: what is
in it, and what the ledger decides about it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.durable import READ_SIZE, make_directory, put_in_place, sha256_of
from orchestration.home import Home
from orchestration.landing.discovery import Found
from orchestration.landing.options import format_of_name
from orchestration.landing.problems import Refused
from orchestration.ledger import FileStat, Ledger


@dataclass(frozen=True)
class Bytes:
    """The bytes of a file at rest. `was_read` is False where the ledger knew them by their stat."""

    sha256: str
    size: int
    mtime_ns: int
    was_read: bool

    @property
    def file_id(self) -> str:
        """The short name of these bytes."""
        return self.sha256[:16]


def raw_path(home: Home, source: str, file_id: str, name: str) -> Path:
    """Where the bytes of a received file are kept: its id, and the suffixes that tell its kind."""
    known = "".join(s for s in Path(name).suffixes[-2:] if s == ".gz" or format_of_name(f"x{s}"))
    return home.raw_dir(source) / f"{file_id}{known.lower()}"


def take(home: Home, ledger: Ledger, source: str, found: Found) -> Bytes:
    """Read a file into landing, unless the ledger remembers it by size, times and inode.

    Raises:
        Refused: file.name_unsafe, file.not_regular, file.unreadable, file.empty, or
            file.not_settled, which is deferred.
    """
    _check_name(found)
    handle = _open(found)
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise Refused(
                "file.not_regular", f"{found.name}: is not a regular file; give the file itself"
            )
        if before.st_size == 0:
            raise Refused("file.empty", f"{found.name}: 0 bytes; have it sent again")
        known = ledger.file_stat(str(found.path))
        if known and _same(known, before):
            kept = raw_path(home, source, known.sha256[:16], found.name)
            if kept.exists() and kept.stat().st_size == before.st_size:
                return Bytes(known.sha256, before.st_size, before.st_mtime_ns, was_read=False)
        sha256 = _copy(home, source, found, handle, before)
    except OSError as problem:
        raise _unreadable(found, problem) from None
    finally:
        os.close(handle)
    ledger.remember_stat(_file_stat(found.path, before, sha256))
    return Bytes(sha256, before.st_size, before.st_mtime_ns, was_read=True)


def check_at_rest(found: Found, began_at: datetime, seconds: int) -> None:
    """Defer a file that changed less than some seconds before the night began.

    Raises:
        Refused: file.not_settled.
    """
    if not seconds:
        return
    with contextlib.suppress(OSError):  # what cannot be asked is refused when it is opened
        age = began_at.timestamp() - found.path.lstat().st_mtime
        if age < seconds:
            raise Refused(
                "file.not_settled",
                f"{found.name}: changed less than {seconds} s ago; it is taken in the next run",
            )


def check_raw(path: Path, sha256: str) -> bool:
    """Whether landing still holds these bytes."""
    return path.exists() and sha256_of(path) == sha256


def _check_name(found: Found) -> None:
    """A name is shown in one line and stays below its directory."""
    parts = found.name.split("/")
    if ".." in parts or any(not part.isprintable() for part in parts):
        shown = found.name.encode("ascii", "backslashreplace").decode()
        raise Refused(
            "file.name_unsafe", f"{shown!r}: leaves its directory or is not printable; rename it"
        )


def _open(found: Found) -> int:
    """Open without following a link and without waiting at a FIFO."""
    if found.path.is_symlink():
        raise Refused("file.not_regular", f"{found.name}: is a link; give the file that it is of")
    try:
        return os.open(found.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        raise _unreadable(found, problem) from None


def _unreadable(found: Found, problem: OSError) -> Refused:
    why = os.strerror(problem.errno) if problem.errno else type(problem).__name__
    return Refused("file.unreadable", f"{found.name}: {why}; mend its rights or the disk")


def _copy(home: Home, source: str, found: Found, handle: int, before: os.stat_result) -> str:
    """Copy an open file into landing and return its SHA-256."""
    digest = hashlib.sha256()
    # One fixed name: what a crash leaves is overwritten by the next file of the source.
    temporary = make_directory(home.raw_dir(source)) / ".receiving.part"
    with temporary.open("wb") as out:
        while block := os.read(handle, READ_SIZE):
            digest.update(block)
            out.write(block)
    if _times(os.fstat(handle)) != _times(before):
        temporary.unlink()
        raise Refused(
            "file.not_settled",
            f"{found.name}: changed while it was read; it is taken in the next run",
        )
    sha256 = digest.hexdigest()
    put_in_place(temporary, raw_path(home, source, sha256[:16], found.name))
    return sha256


def _times(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _file_stat(path: Path, status: os.stat_result, sha256: str) -> FileStat:
    return FileStat(
        str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, sha256
    )


def _same(known: FileStat, status: os.stat_result) -> bool:
    return known == _file_stat(Path(known.path), status, known.sha256)
