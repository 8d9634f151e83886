"""Unpacking gzip: every member's checksum looked at, in blocks, and no member goes on unnoticed.

Here: bytes out of a .gz file. Not here: the caps on what comes out (stream). It is written on zlib
itself: Python's own reader works through any number of empty members before it gives a byte back,
which for a file of millions of them is minutes without a sign.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from orchestration.landing.problems import Refused

GZIP_MAGIC = b"\x1f\x8b"
_READ, _OUT = 64 << 10, 8 << 20
# Real files of many members (bgzip, appended logs) have members of a kilobyte and more.
_MANY_MEMBERS, _SMALL_MEMBER = 1000, 64


def gunzipped(raw: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield what a gzip file holds, in blocks that are not empty.

    Raises:
        Refused: file.gzip_corrupt, or file.archive_unsafe for one of countless empty members.
    """
    out = bytearray()
    try:
        for piece in _members(raw, name):
            out += piece
            if len(out) >= _OUT:
                yield bytes(out)
                out.clear()
    except (zlib.error, EOFError) as problem:
        raise Refused(
            "file.gzip_corrupt",
            f"{name}: the gzip file is damaged ({type(problem).__name__}); have it sent again",
        ) from None
    if out:
        yield bytes(out)


def _members(raw: BinaryIO, name: str) -> Iterator[bytes]:
    """The pieces of all members, one after the other; zeros between members are padding."""
    data, n_read, n_members = b"", 0, 0
    while True:
        data = data.lstrip(b"\0") if n_members else data
        if not data:
            data = raw.read(_READ)
            n_read += len(data)
            if not data:
                return
            continue
        n_members += 1
        if n_members > _MANY_MEMBERS and n_read < n_members * _SMALL_MEMBER:
            raise Refused(
                "file.archive_unsafe",
                f"{name}: over {_MANY_MEMBERS} gzip members of a few bytes each;"
                " have it sent again, or unpack it yourself",
            )
        member = zlib.decompressobj(31)
        while not member.eof:
            if not data:
                data = raw.read(_READ)
                n_read += len(data)
                if not data:
                    raise EOFError
            yield member.decompress(data, _OUT)
            data = member.unused_data if member.eof else member.unconsumed_tail
