"""The zip archive that a workbook is: looked at under caps before any part of it is parsed.

Here: what makes an archive unsafe, and whether a workbook holds formulas. Not here: sheets and
cells (xlsx_reader). A part is never unpacked beyond the size that the archive's own directory
declares (`zipfile` reads no further and then compares the checksum), so that the sum of what is
declared bounds the work, whatever the parts really hold.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from orchestration.landing.problems import Refused
from orchestration.landing.stream import Limits

_MAX_PARTS = 5_000
_MAX_PART_BYTES = 32 << 20  # of styles, names and the like, which are parsed into memory
_MAX_STRINGS_BYTES = 128 << 20  # the shared strings too: at worst some 400 MB of memory
_MAX_SHEETS_BYTES = 4 << 30
_ZIP_MAGIC = b"PK\x03\x04"
_OLD_MAGIC = b"\xd0\xcf\x11\xe0"
_BLOCK = 1 << 20
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def check_workbook(path: Path, name: str, limits: Limits) -> bool:
    """Refuse what is no workbook or no safe one; return whether any sheet holds a formula.

    Args:
        path: The file.
        name: The name that it was sent under.
        limits: Caps on size and growth; growth is judged over the archive as a whole.

    Raises:
        Refused: file.empty, file.magic_mismatch, file.archive_unsafe or file.too_large.
    """
    with path.open("rb") as raw:
        head = raw.read(8)
    if not head:
        raise Refused("file.empty", f"{name}: 0 bytes; have it sent again")
    if head.startswith(_OLD_MAGIC):
        raise Refused(
            "file.magic_mismatch",
            f"{name}: is a workbook with a password or of the old kind (.xls); save it as .xlsx"
            " without a password",
        )
    if not head.startswith(_ZIP_MAGIC):
        raise Refused("file.magic_mismatch", f"{name}: is no .xlsx workbook; export it again")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, path.stat().st_size, name, limits)
            if "xl/workbook.xml" not in {info.filename for info in archive.infolist()}:
                raise Refused(
                    "file.magic_mismatch", f"{name}: is a zip archive and no .xlsx workbook"
                )
            return _check_parts(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise Refused(
            "file.archive_unsafe",
            f"{name}: the workbook is damaged or encrypted ({type(problem).__name__});"
            " have it sent again",
        ) from None


def _check_sizes(archive: zipfile.ZipFile, size: int, name: str, limits: Limits) -> None:
    """Judge what the archive declares, before anything is unpacked."""
    parts = archive.infolist()
    if len(parts) > _MAX_PARTS or len({part.filename for part in parts}) != len(parts):
        raise _unsafe(name, f"{len(parts)} parts, some of them twice or more than {_MAX_PARTS}")
    total = sum(part.file_size for part in parts)
    if total > min(limits.max_bytes, _MAX_SHEETS_BYTES):
        raise Refused(
            "file.too_large",
            f"{name}: {total:,} bytes when unpacked; export it as csv, or split it",
        )
    if total > limits.growth_from and total > size * limits.max_growth:
        raise _unsafe(name, f"it grows over {limits.max_growth:g} times when unpacked")
    for part in parts:
        if part.filename.startswith("xl/worksheets/") or not part.filename.endswith(".xml"):
            continue  # what is no XML, pictures and the like, is never opened
        strings = part.filename.lower().endswith("sharedstrings.xml")
        if part.file_size > (_MAX_STRINGS_BYTES if strings else _MAX_PART_BYTES):
            raise Refused(
                "file.too_large",
                f"{name}: {part.file_size:,} bytes of {'texts' if strings else 'formats'};"
                " export it as csv",
            )


def _check_parts(archive: zipfile.ZipFile, name: str) -> bool:
    """Unpack every XML part once: refuse declarations of entities, find formulas."""
    has_formula = False
    for part in archive.infolist():
        if not part.filename.endswith((".xml", ".rels")):
            continue
        is_sheet = part.filename.startswith("xl/worksheets/")
        before = b""
        with archive.open(part) as stream:
            while block := stream.read(_BLOCK):
                window = before + block
                # UTF-16 would hide the words; no program writes it.
                if _DECLARATION.search(window) or (not before and window[:2] in _UTF16):
                    raise _unsafe(name, "a part of it declares entities or is not UTF-8")
                has_formula |= is_sheet and _FORMULA.search(window) is not None
                before = block[-16:]
    return has_formula


_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


def _unsafe(name: str, why: str) -> Refused:
    return Refused("file.archive_unsafe", f"{name}: {why}; have it sent again as csv")
