"""Write the files of a family: cut its lines into periods, compress, and count what was written.

Belongs here: periods, quirks common to all formats (broken rows, blank lines, rows sent twice),
and putting bytes on disk. Does not: the lines themselves, nor headers (assembly.py).

A family's lines are one Arrow string column in the order of the files, so that a file's bytes are
a slice of the column's buffer: no row passes through Python.
"""

from __future__ import annotations

import gzip
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from examples.retailer.plan import Plan, as_date
from examples.retailer.raw.database import SQL
from examples.retailer.raw.families import CONSTANT, MONTHS, Family

#: A quirk that spoils a row is planted only in files with at least this many rows, so that no
#: healthy file is refused for its share of bad rows.
ENOUGH_ROWS = 150

#: Rows with what becomes of each; {lines} is the family's query, {period} the number of its file.
CUT = """
with line_row as ({lines}),
placed as (
  select *, {period} as period from line_row where day <= getvariable('until_day')
), judged as (
  select *, count(*) over (partition by period) >= {enough} as is_enough from placed
), marked as (
  select *,
    is_enough and flaw is null and broken is not null
      and u < getvariable('broken_row') as is_broken,
    is_enough and {is_text} and u between 0.9 and 0.9 + getvariable('blank_line') as is_blank,
    is_enough and u between 0.95 and 0.95 + getvariable('blank_line') as is_twice
  from judged
)
select period::bigint as period, {place} as place, flaw, is_broken, is_blank, is_twice,
  case when is_broken then broken else line end
    || case when is_blank then '{eol}' when is_twice then line else '' end as line
from marked order by period, place, day, ord
"""


@dataclass(frozen=True)
class FileNote:
    """What a file holds: for the truth.

    `rows` are whole rows, the repeated ones counted twice; `broken` cannot be framed or parsed;
    `flawed` are whole but break their feed's contract.
    """

    path: str
    family: str
    rows: int
    broken: int
    blank: int
    twice: int
    flawed: int


def write_family(
    con: duckdb.DuckDBPyConnection, family: Family, plan: Plan, out: Path
) -> list[FileNote]:
    """Write the lines of all files of a family, without headers, below `out`/raw; their notes."""
    lines = (SQL / f"{family.name}.sql").read_text(encoding="utf-8")
    query = CUT.format(
        lines=lines,
        period=period_sql(family),
        place="place" if family.is_placed else "''",
        enough=ENOUGH_ROWS,
        is_text="false" if family.header is None else "true",
        eol=family.eol,
    )
    # The literal's escapes are DuckDB's own (e'...'): a bare '\r\n' would be four characters.
    query = query.replace(f"then '{family.eol}'", "then e'" + repr(family.eol)[1:-1] + "'")
    table = con.execute(query).to_arrow_table().combine_chunks()
    period, place = table["period"].to_numpy(), table["place"]
    other = pc.not_equal(place[1:], place[:-1]).to_numpy(zero_copy_only=False)
    is_start = (np.diff(period, prepend=-1) != 0) | np.append(False, other)[: len(period)]
    starts = np.flatnonzero(is_start)
    ends = np.append(starts[1:], len(period))[: len(starts)]
    notes = []
    is_late = not len(starts) or period[0] != _first_period(family, plan)
    if family.header is not None and is_late and not family.is_placed:
        # The first file is always there, if only with its header: a source has at least one file.
        notes.append(_write(out, family, plan, _first_period(family, plan), b"", table.slice(0, 0)))
    for start, end in zip(starts, ends, strict=True):
        part = table.slice(start, end - start)
        notes.append(_write(out, family, plan, int(period[start]), _bytes(part), part))
    return notes


def period_sql(family: Family) -> str:
    """SQL for the number of a row's file: 0 constant, 1 or yyyymm in the archive, else its day."""
    if family.archive == CONSTANT:
        return "0"
    old = "1"
    if family.archive == MONTHS:
        old = "year(day_of(day)) * 100 + month(day_of(day)) - 1000000"
    return f"case when day <= getvariable('archive_day') then {old} else day end"


def _first_period(family: Family, plan: Plan) -> int:
    if family.archive == CONSTANT:
        return 0
    if plan.archive_day < plan.first_day:
        return plan.first_day
    return 1 if family.archive != MONTHS else plan.first.year * 100 + plan.first.month - 1_000_000


def label(plan: Plan, period: int) -> str:
    """Name a period: a month, a span of the archive, or a day; names sort as time does."""
    if period < 0:
        return f"{(period + 1_000_000) // 100:04d}-{(period + 1_000_000) % 100:02d}"
    if period <= 1:
        return f"{plan.first}_to_{plan.archive_on}"
    return as_date(period).isoformat()


def _bytes(part: pa.Table) -> bytes:
    """The lines' bytes: the slice of the column's buffer between its first and last offset."""
    column = part["line"].combine_chunks()
    wide = pa.types.is_large_string(column.type)
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int64 if wide else np.int32)
    first, last = offsets[column.offset], offsets[column.offset + len(column)]
    return column.buffers()[2][int(first) : int(last)].to_pybytes()


def _write(
    out: Path, family: Family, plan: Plan, period: int, body: bytes, part: pa.Table
) -> FileNote:
    place = part["place"][0].as_py() if len(part) else ""
    path = "raw/" + family.path.format(period=label(plan, period), place=place)
    put(out / path, gzip.compress(body, 5, mtime=0) if family.is_gzip else body)
    broken, blank, twice = (
        int(np.sum(part[name].to_numpy(zero_copy_only=False), dtype=int))
        for name in ("is_broken", "is_blank", "is_twice")
    )
    flawed = len(part) - part["flaw"].null_count
    return FileNote(path, family.name, len(part) - broken + twice, broken, blank, twice, flawed)


def put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; one that is already there is left as it is."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def as_rows(notes: list[FileNote]) -> list[dict[str, object]]:
    """Notes as rows of a table."""
    return [asdict(note) for note in notes]
