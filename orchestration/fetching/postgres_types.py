"""Columns of a Postgres table: what they become in Arrow, and how they are asked for.

Here: one column at a time, and whether a column still is what it was. Not here: connecting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)")
_PLAIN: dict[str, pa.DataType] = {
    "smallint": pa.int64(),
    "integer": pa.int64(),
    "bigint": pa.int64(),
    "real": pa.float64(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


@dataclass(frozen=True)
class Column:
    """A column: its name, what it becomes, and the SQL that gives it as COPY writes it."""

    name: str
    type: pa.DataType
    sql: str


def column_of(name: str, declared: str) -> Column:
    """A column by its declared type, as `format_type` names it.

    Numbers, dates and booleans keep their types; numerics without a declared scale (their digits
    have no limit) and everything else (uuid, json, arrays, enums, intervals) are exact text. What
    no other type can hold (infinity, NaN, years before 1 or after 9999) is NULL.
    """
    quoted = '"' + name.replace('"', '""') + '"'
    kind = re.sub(r"\(\d+\)(?= with)", "", declared)
    match = _NUMERIC.fullmatch(kind)
    if match and int(match[1]) <= 38 and 0 <= int(match[2]) <= int(match[1]):
        arrow = pa.decimal128(int(match[1]), int(match[2]))
        return Column(name, arrow, f"nullif({quoted}, 'NaN'::numeric)")
    if kind in ("real", "double precision"):
        finite = f"{quoted} not in ('NaN', 'Infinity', '-Infinity')"
        return Column(name, pa.float64(), f"case when {finite} then {quoted} end")
    if kind == "date" or kind.startswith("timestamp"):
        ours = f"isfinite({quoted}) and extract(year from {quoted}) between 1 and 9999"
        return Column(name, _time(kind), f"case when {ours} then {quoted} end")
    if kind in _PLAIN:
        return Column(name, _PLAIN[kind], quoted)
    return Column(name, pa.string(), f"{quoted}::text")


def _time(kind: str) -> pa.DataType:
    if kind == "date":
        return pa.date32()
    return pa.timestamp("us", "UTC" if kind.endswith("with time zone") else None)


def is_same(before: pa.DataType, now: pa.DataType) -> bool:
    """Whether a column's type is what it was, or can hold all that it held."""
    if before == now:
        return True
    if pa.types.is_decimal(before) and pa.types.is_decimal(now):
        whole = (before.precision - before.scale, now.precision - now.scale)
        return bool(now.scale >= before.scale and whole[1] >= whole[0])
    if pa.types.is_timestamp(before) and pa.types.is_timestamp(now):
        return bool(before.tz == now.tz)  # Parquet may have kept another unit
    return False
