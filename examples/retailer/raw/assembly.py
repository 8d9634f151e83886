"""Files put together from the blocks' shares of them.

Belongs here: appending bodies, headers, row groups of Parquet, and adding up the notes. Does not:
what a block writes (files.py).

A file is made beside its place and moved there when it is whole. One that is already there is left
as it is.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from examples.retailer.raw.families import FAMILIES
from examples.retailer.raw.files import FileNote

_START = {family.name: family.start() for family in FAMILIES}


class Assembly:
    """The files of a sample while its blocks come in."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._notes: dict[str, FileNote] = {}
        self._tables: dict[str, pq.ParquetWriter] = {}

    def add(self, files: Path, notes: list[FileNote]) -> None:
        """Append a block's share of every file, in the order in which blocks are given."""
        for note in notes:
            is_first = note.path not in self._notes
            self._notes[note.path] = note if is_first else _sum(self._notes[note.path], note)
            if (self._out / note.path).exists():
                continue
            if note.path.endswith(".parquet"):
                self._append_table(files / note.path, note.path)
            else:
                self._append_bytes(files / note.path, note, is_first)
        shutil.rmtree(files)

    def _append_bytes(self, body: Path, note: FileNote, is_first: bool) -> None:
        part = self._part(note.path)
        with part.open("wb" if is_first else "ab") as whole, body.open("rb") as share:
            if is_first:
                whole.write(_START.get(note.family, b""))
            shutil.copyfileobj(share, whole, 1 << 22)

    def _append_table(self, share: Path, path: str) -> None:
        table = pq.read_table(share)
        if path not in self._tables:
            self._tables[path] = pq.ParquetWriter(
                self._part(path), table.schema, compression="zstd"
            )
        self._tables[path].write_table(table)

    def _part(self, path: str) -> Path:
        part = (self._out / path).with_name(Path(path).name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        return part

    def finish(self) -> list[FileNote]:
        """Move every file to its place; gives the notes of all, whole."""
        for writer in self._tables.values():
            writer.close()
        for path in self._notes:
            if not (self._out / path).exists():
                self._part(path).replace(self._out / path)
        return list(self._notes.values())


def _sum(left: FileNote, right: FileNote) -> FileNote:
    counts = ("rows", "broken", "blank", "twice", "flawed")
    return replace(left, **{n: getattr(left, n) + getattr(right, n) for n in counts})
