"""Columns of typed files beside each other: whether one relation can hold both.

Here: a new file's types beside those of the file before it. Not here: the contract's types
(expected), or tables of a database (`orchestration.fetching`).
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.problems import Refused


def check_beside(new: Path, before: Path, file_name: str) -> None:
    """Refuse a file of rows whose types cannot stand beside those of an earlier one.

    Text, numbers and booleans can: the feed's rules read each value. Times and numbers cannot, nor
    can what is nested and what is not: the engine would fail, or make something up.

    Raises:
        Refused: schema.type_changed.
    """
    old = {field.name.lower(): field for field in pq.read_schema(before)}
    for field in pq.read_schema(new):
        was = old.get(field.name.lower())
        if was is not None and not _go_together(_kind(was.type), _kind(field.type)):
            raise Refused(
                "schema.type_changed",
                f"{file_name}: column {field.name!r} is {_kind(field.type)} where it was"
                f" {_kind(was.type)} before; export it as before, or make another source of it",
            )


def _kind(of: pa.DataType) -> str:
    kinds = pa.types
    if kinds.is_list(of) or kinds.is_large_list(of) or kinds.is_fixed_size_list(of):
        return "a list"
    if kinds.is_nested(of):
        return "a structure"
    if kinds.is_temporal(of):
        return "a time"
    if kinds.is_string(of) or kinds.is_large_string(of) or kinds.is_null(of):
        return "text"
    return "a number"


def _go_together(was: str, now: str) -> bool:
    return was == now or {was, now} in ({"text", "a number"}, {"text", "a time"})
