"""The bytes of a received file as a stream of UTF-8 blocks, under caps.

Here: unpacking gzip (whose checksum no engine looks at), the cap on size and growth, what the first
bytes say the file is, and the encoding. Not here: records (framing, json_reader).
"""

from __future__ import annotations

import codecs
import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestration.landing.gunzip import GZIP_MAGIC, gunzipped
from orchestration.landing.problems import Refused
from orchestration.landing.trailer import Trailer

BLOCK_BYTES = 8 << 20
PARQUET_MAGIC = b"PAR1"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive or spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet or document"),
    (b"%PDF", "a PDF"),
    (GZIP_MAGIC, "a gzip file"),
    (PARQUET_MAGIC, "a Parquet file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"BZh", "a bzip2 file"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<?xml")


@dataclass(frozen=True)
class Limits:
    """Caps on one file, in bytes; growth is judged where more than `growth_from` came out."""

    max_bytes: int = 64 << 30
    max_growth: float = 200.0
    growth_from: int = 64 << 20


def check_magic(head: bytes, name: str, wanted: str) -> None:
    """Refuse what its first bytes say is something else than text.

    Raises:
        Refused: file.magic_mismatch.
    """
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if found is None and head[257:262] == b"ustar":
        found = "a tar archive"
    text = head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    if found is None and text.startswith(_MARKUP):
        found = "a web page or XML"
    if found is None and wanted == "csv" and text.startswith((b'{"', b'[{"')):
        found = "JSON"
    if found is None and wanted == "jsonl" and text.startswith(b"["):
        found = "one JSON array"
    if found:
        raise Refused(
            "file.magic_mismatch",
            f"{name}: is {found}, where {wanted} is expected;"
            " export it again, or name its format in the company file",
        )


class TextStream:
    """The UTF-8 blocks of one file. Iterate once; afterwards the counts are those of the file."""

    def __init__(
        self,
        path: Path,
        name: str,
        wanted: str,
        encoding: str | None,
        limits: Limits,
        trailer: str | None = None,
    ) -> None:
        """Read `path`; `name` is for messages, `wanted` is csv or jsonl, `trailer` as declared."""
        self._path, self._name, self._wanted = path, name, wanted
        self._trailer = Trailer(trailer, name) if trailer else None
        self._encoding, self._limits = encoding, limits
        self.is_gzip = name.lower().endswith(".gz")

    def __iter__(self) -> Iterator[bytes]:
        """Yield blocks, none of them empty.

        Raises:
            Refused: file.empty, file.magic_mismatch, file.gzip_corrupt, file.archive_unsafe,
                file.too_large, file.encoding or file.trailer_mismatch.
        """
        blocks = self.blocks()
        first = next(blocks, b"")
        if not first:
            raise Refused("file.empty", f"{self._name}: 0 bytes; have it sent again")
        check_magic(first[:512], self._name, self._wanted)
        text = self._text(first, blocks)
        yield from self._trailer.taken_off(text) if self._trailer else text

    def _text(self, first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
        encoding = self._encoding_of(first)
        if encoding is None:
            yield from filter(None, (first.removeprefix(codecs.BOM_UTF8),))
            yield from rest
        else:
            yield from self._decoded(first, rest, encoding)

    def check_trailer(self, n_records: int) -> None:
        """Hold the number of records against what the trailer said, where there is one.

        Raises:
            Refused: file.trailer_mismatch.
        """
        if self._trailer:
            self._trailer.check(n_records)

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes, unpacked where they are .gz, under the caps; see `__iter__`."""
        size = self._path.stat().st_size
        total = 0
        with self._path.open("rb") as raw:
            if self.is_gzip and size and raw.peek(2)[:2] != GZIP_MAGIC:
                raise Refused(
                    "file.gzip_corrupt", f"{self._name}: is no gzip file; have it sent again"
                )
            blocks = gunzipped(raw, self._name) if self.is_gzip else _plain(raw)
            for block in blocks:
                total += len(block)
                self._check_size(total, size)
                yield block

    def _check_size(self, total: int, size: int) -> None:
        limits = self._limits
        if total > limits.max_bytes:
            raise Refused(
                "file.too_large",
                f"{self._name}: over {limits.max_bytes} bytes; split it into several files",
            )
        if self.is_gzip and total > limits.growth_from and total > size * limits.max_growth:
            raise Refused(
                "file.archive_unsafe",
                f"{self._name}: grows over {limits.max_growth:g} times when unpacked;"
                " have it sent again, or unpack it yourself",
            )

    def _encoding_of(self, first: bytes) -> str | None:
        """The codec to decode with; None for UTF-8, whose lines are judged one by one."""
        declared = codecs.lookup(self._encoding).name if self._encoding else None
        if first.startswith(_UTF16_MARKS):
            if declared in (None, "utf-16"):
                return "utf-16"
            if declared in ("utf-8", "utf-8-sig", "ascii"):
                raise self._wrong_encoding("UTF-16")
        return None if declared in (None, "utf-8", "utf-8-sig", "ascii") else declared

    def _decoded(self, first: bytes, rest: Iterator[bytes], encoding: str) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            yield from filter(None, [decoder.decode(first).removeprefix("\ufeff").encode()])
            for block in rest:
                yield from filter(None, [decoder.decode(block).encode()])
            yield from filter(None, [decoder.decode(b"", True).encode()])
        except UnicodeError:
            raise self._wrong_encoding(f"not {encoding}") from None

    def _wrong_encoding(self, found: str) -> Refused:
        return Refused(
            "file.encoding",
            f"{self._name}: {found}, where {self._encoding or 'utf-8'} is declared;"
            " set `encoding` of the source",
        )


def _plain(raw: BinaryIO) -> Iterator[bytes]:
    while block := raw.read(BLOCK_BYTES):
        yield block


@contextlib.contextmanager
def unpacked(path: Path, name: str, limits: Limits) -> Iterator[Path]:
    """Give a path to the bytes of a file that must be read at random: unpacked where it is .gz.

    Raises:
        Refused: file.gzip_corrupt, file.archive_unsafe or file.too_large.
    """
    stream = TextStream(path, name, "parquet", None, limits)
    if not stream.is_gzip:
        yield path
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as directory:
        target = Path(directory) / "unpacked"
        with target.open("wb") as out:
            for block in stream.blocks():
                out.write(block)
        yield target
