"""Which files a source has: literal paths, globs, and directories that grow.

Here: from the company file's words to a sorted list of found files and their names. Not here:
opening them (receive).

`*` and `?` are wild in what the company file says, `**` crosses directories, and nothing is wild
in a name that was found: a file called `a[1].csv` is that file. A file's name is its path below the
directory that all of a source's words have in common, so that a moved directory changes no name.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.landing.options import format_of_name

_WILD = ("*", "?")
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp")
_PLAIN_TEXT = (".txt", ".dat")


@dataclass(frozen=True)
class Found:
    """One file of a source."""

    path: Path
    name: str  # relative, with /


@dataclass(frozen=True)
class Discovery:
    """The files of a source, by name, and which of its words found nothing."""

    files: tuple[Found, ...]
    missing_files: tuple[str, ...]  # literal paths
    empty_patterns: tuple[str, ...]  # globs and directories
    ignored: int  # files in directories whose name says that they are something else


def discover(words: Sequence[str], base: Path, declared_format: str | None) -> Discovery:
    """Find the files of a source.

    Args:
        words: paths, globs and directories, as the company file says them.
        base: the directory that relative ones are under.
        declared_format: the source's format, None where each name tells.
    """
    paths: set[str] = set()
    roots: list[str] = []
    missing: list[str] = []
    empty: list[str] = []
    ignored = 0
    for word in words:
        full = os.path.join(base, word)  # noqa: PTH118 - Path would drop what `**/` says
        if os.path.isdir(full):  # noqa: PTH112
            kept, others = _in_directory(full, declared_format)
            roots.append(full)
            ignored += others
        elif os.path.lexists(full) or not any(mark in full for mark in _WILD):
            kept = [full] if os.path.lexists(full) else []
            roots.append(str(Path(full).parent))
            missing += [] if kept else [full]
            paths.update(kept)
            continue
        else:
            root, pattern = _split(full)
            roots.append(root)
            # Path.glob would find hidden files, and has no root of its own to keep names literal.
            matches = glob.glob(  # noqa: PTH207
                pattern.replace("[", "[[]"), root_dir=root, recursive=True
            )
            kept = [str(Path(root, match)) for match in matches if _is_wanted(match)]
        if not kept:
            empty.append(full)
        paths.update(kept)
    root = os.path.commonpath(roots) if roots else str(base)
    files = [Found(Path(path), Path(os.path.relpath(path, root)).as_posix()) for path in paths]
    return Discovery(
        tuple(sorted(files, key=lambda found: found.name)), tuple(missing), tuple(empty), ignored
    )


def _split(full: str) -> tuple[str, str]:
    """The directory before the first wild part, and the rest."""
    parts = Path(full).parts
    first = next(i for i, part in enumerate(parts) if any(mark in part for mark in _WILD))
    return str(Path(*parts[:first])), str(Path(*parts[first:]))


def _is_wanted(path: str) -> bool:
    """Whether a name is not hidden and not that of a file on its way."""
    name = Path(path).name.lower()
    return not name.startswith((".", "~$")) and not name.endswith(_UNFINISHED)


def _in_directory(directory: str, declared_format: str | None) -> tuple[list[str], int]:
    """The data files of a directory and those below, and how many others there are."""
    kept: list[str] = []
    others = 0
    for where, below, names in os.walk(directory):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in filter(_is_wanted, names):
            said = format_of_name(name)
            plain = name.lower().removesuffix(".gz").endswith(_PLAIN_TEXT)
            if said is None and not (plain and declared_format in ("csv", "jsonl")):
                others += 1
            else:
                kept.append(str(Path(where, name)))
    return kept, others
