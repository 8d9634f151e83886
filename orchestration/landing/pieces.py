"""What every reader gives: pieces of a file, and the names that a file's columns may have.

Here: the piece, and the check of column names. Not here: how a format is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.landing.problems import BadRecord, Counts, Refused

# The lineage columns of a source's table, and those that the parsed rows carry besides.
RESERVED = ("_file", "_line", "_last_line", "_received_at", "_row", "_file_id")
MAX_COLUMNS = 2000


class ColumnsGrew(Exception):  # noqa: N818 - an event, no error
    """A later piece has columns that an earlier one had not: ask for the pieces again."""


@dataclass(frozen=True)
class Piece:
    """Some consecutive records of a file: the good ones as a table, the bad ones as they are."""

    table: pa.Table
    first_line: npt.NDArray[np.int64]  # per row of the table, from 1
    last_line: npt.NDArray[np.int64]
    bad: tuple[BadRecord, ...]
    counts: Counts


class Reader(Protocol):
    """Reads one file, once: the pieces' tables all have the same schema."""

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces, at least one.

        Raises:
            ColumnsGrew: after the last piece; asked again, all pieces have all columns.
            Refused: nothing of the file is to be loaded.
        """
        ...


def check_names(names: Sequence[str], file_name: str) -> None:
    """Refuse names that a table cannot have: twice (case does not tell), reserved, too many.

    Raises:
        Refused: file.header_duplicate or file.header_mismatch. A column is told by its number:
            where a file has no header, the names are values.
    """
    if len(names) > MAX_COLUMNS:
        raise Refused(
            "file.header_mismatch",
            f"{file_name}: {len(names)} columns, over the limit of {MAX_COLUMNS};"
            " is the delimiter right?",
        )
    seen: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if name.lower() in RESERVED:
            raise Refused(
                "file.header_mismatch",
                f"{file_name}: column {number} has a name that the table needs for itself"
                f" ({name.lower()}); rename it",
            )
        if first := seen.get(name.lower()):
            raise Refused(
                "file.header_duplicate",
                f"{file_name}: columns {first} and {number} have the same name; rename one",
            )
        seen[name.lower()] = number
