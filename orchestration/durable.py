"""Durable, all-or-nothing files: what a crash at any instant leaves is the old file or the new one.

Here: temporary names, fsync, rename, SHA-256 of a file. Not here: what is written or where it goes.
Source of method: write to a temporary name in the same directory, fsync the file, rename it over
the target, fsync the directory. A copy over a live file would be seen half-written by its readers.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

READ_SIZE = 1 << 20


def fsync_directory(directory: Path) -> None:
    """Make the names in `directory` durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(directory: Path, mode: int = 0o700) -> Path:
    """Create `directory` with its parents (each with `mode` where it is new) and return it."""
    if not directory.exists():
        if directory.parent != directory:
            make_directory(directory.parent, mode)
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=mode)
            directory.chmod(mode)
    return directory


def put_in_place(temporary: Path, target: Path, mode: int = 0o600) -> None:
    """Give a written file, durable first, the name `target` in the same directory."""
    temporary.chmod(mode)
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    temporary.replace(target)
    fsync_directory(target.parent)


@contextlib.contextmanager
def replacing(target: Path, mode: int = 0o600) -> Iterator[Path]:
    """Give a temporary path beside `target`; what is written there takes its place at the end.

    Any exception inside leaves the target as it was and removes the temporary file. The name of
    the temporary file is fixed, so that a crashed attempt is overwritten by the next one.
    """
    make_directory(target.parent)
    temporary = target.with_name(f".{target.name}.part")
    try:
        yield temporary
        put_in_place(temporary, target, mode)
    finally:
        temporary.unlink(missing_ok=True)


def write_durably(target: Path, content: bytes, mode: int = 0o600) -> None:
    """Write `content` to `target`, whole or not at all."""
    with replacing(target, mode) as temporary:
        temporary.write_bytes(content)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(READ_SIZE):
            digest.update(block)
    return digest.hexdigest()
