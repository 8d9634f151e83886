"""Publishing: a build that passed every gate becomes an immutable version that readers open.

Belongs here: checkpoint, verification, the copy, the ``current`` link, old versions, rollback.
Does not: deciding whether a build may be published (the gates do), or making any table.

Nothing is written in place: copy beside, fsync, rename, fsync the folder; readers see the old
version or the new one, whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.content import SCAN_MEMORY
from orchestration.durable import fsync_directory, replacing, sha256_of, write_durably
from orchestration.safe_errors import safe_message

#: Names what lies beside the files of a state, durable, to take their place.
TAKING_OVER = ".taking_over"


class PublishError(Exception):
    """A build or a version is not what it should be; the message says which and why."""


@dataclass(frozen=True)
class Published:
    """One version as it was written."""

    version: str
    path: Path
    sha256: str
    bytes: int


def version_name(number: int) -> str:
    """Name a version by its number, so that names sort as numbers do."""
    return f"v{number:06d}"


def seal(database: Path) -> dict[str, int]:
    """Checkpoint and close a database, check that no WAL is left, and count its tables' rows.

    Returns:
        ``schema.table`` → rows, views included: each is read once, so none is broken.

    Raises:
        PublishError: Where a WAL stays or a table cannot be read.
    """
    con = duckdb.connect(str(database))
    try:
        con.execute("checkpoint")
    finally:
        con.close()
    _refuse_wal(database)
    return row_counts(database)


def row_counts(database: Path) -> dict[str, int]:
    """Count the rows of every table and view of a DuckDB file, opened read-only."""
    con = duckdb.connect(str(database), read_only=True)
    try:
        con.execute(f"set memory_limit = '{SCAN_MEMORY}'")
        names = con.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_catalog = current_database() order by all"
        ).fetchall()
        counts = {}
        for schema, table in names:
            found = con.execute(f'select count(*) from "{schema}"."{table}"').fetchone()
            counts[f"{schema}.{table}"] = int(found[0]) if found else 0
        return counts
    except duckdb.Error as error:
        why = safe_message(error)
        raise PublishError(f"{database.name}: a table cannot be read: {why}") from error
    finally:
        con.close()


def copy_durably(source: Path, target: Path, mode: int) -> None:
    """Copy a file beside its target, flush it to disk, and rename it into place."""
    with replacing(target, mode) as partial:
        shutil.copyfile(source, partial)


def copy_together(sources: Sequence[Path], folder: Path, mode: int) -> None:
    """Copy files that are one state: readers after a crash find all of them, or none.

    All are durable before a note says that they are to take their names. An error or a crash before
    leaves the old state whole; one after leaves the note, and :func:`finish_copy` does the rest.
    """
    finish_copy(folder)
    partial = {source: _beside(folder, source.name) for source in sources}
    try:
        for source, copy in partial.items():
            shutil.copyfile(source, copy)
            copy.chmod(mode)
            with copy.open("rb") as handle:
                os.fsync(handle.fileno())
        fsync_directory(folder)
        names = "\n".join(source.name for source in sources)
        write_durably(folder / TAKING_OVER, names.encode(), mode)
    except BaseException:
        for copy in partial.values():
            copy.unlink(missing_ok=True)
        raise
    finish_copy(folder)


def finish_copy(folder: Path) -> None:
    """Give the files of a folder the names that a crash has kept from them, if one has."""
    note = folder / TAKING_OVER
    if not note.exists():
        return
    for name in note.read_text().splitlines():
        if (copy := _beside(folder, name)).exists():
            copy.replace(folder / name)
    fsync_directory(folder)
    note.unlink()
    fsync_directory(folder)


def _beside(folder: Path, name: str) -> Path:
    return folder / f".{name}.part"


def publish(
    warehouse: Path, published: Path, version: str, counts: dict[str, int] | None = None
) -> Published:
    """Copy a sealed warehouse file to ``published/versions`` and check the copy.

    ``current`` is not moved: :func:`point_current` does that once the rest of the night is safe.

    Args:
        warehouse: The build's file.
        published: The folder that readers know.
        version: Name of the version.
        counts: What :func:`seal` counted in the file; None counts again.
    """
    expected = row_counts(warehouse) if counts is None else counts
    versions = published / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for folder in (published, versions):
        folder.chmod(0o750)
    target = versions / f"{version}.duckdb"
    _refuse_wal(target)
    copy_durably(warehouse, target, 0o640)
    if row_counts(target) != expected:
        target.unlink()
        raise PublishError(f"{version}: the copy's row counts differ from the build's")
    return Published(version, target, sha256_of(target), target.stat().st_size)


def point_current(published: Path, version: str) -> None:
    """Point ``current.duckdb`` at a version, in one rename.

    Raises:
        PublishError: Where there is no such version.
    """
    target = published / "versions" / f"{version}.duckdb"
    if not target.exists():
        raise PublishError(f"{version}: no such version; 'wholeview versions' lists them")
    partial = published / ".current.partial"
    partial.unlink(missing_ok=True)
    partial.symlink_to(Path("versions") / target.name)
    partial.replace(published / "current.duckdb")
    fsync_directory(published)


def current_version(published: Path) -> str | None:
    """Name the version that ``current`` points at; None before the first."""
    link = published / "current.duckdb"
    return link.readlink().stem if link.is_symlink() else None


def prune_versions(published: Path, keep: int) -> list[str]:
    """Remove the oldest versions beyond ``keep``; the current one always stays."""
    current = current_version(published)
    files = sorted((published / "versions").glob("v*.duckdb"))
    removed = []
    for file in files[: max(0, len(files) - keep)]:
        if file.stem != current:
            file.unlink()
            removed.append(file.stem)
    return removed


def copy_build(source: Path | None, target: Path, names: tuple[str, ...]) -> None:
    """Start a build: an empty folder, or the last good build's databases copied into it."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700)
    if source is None:
        return
    for name in names:
        file = source / name
        if file.exists():
            _refuse_wal(file)
            shutil.copyfile(file, target / name)


def _refuse_wal(database: Path) -> None:
    wal = database.with_name(f"{database.name}.wal")
    if wal.exists():
        raise PublishError(f"{database.name}: a write-ahead log lies beside it; it was not closed")
