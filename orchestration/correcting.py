"""A person's file of corrected rows: written of what stands aside, and read when it is mended.

Belongs here: the file's shape and the check that each of its rows is of a record that stands, or
was corrected before. Does not: keeping the corrections (landing.mending), working them in (replay).

A row names its record by `_row` (file id and line), or by `_file` and `_line`; `_reasons` and
`_raw` are for the reader's eye; the other columns are those of the source's file. What a column's
cell says is the value, an empty one NULL; a column that is left out stays as it was sent. The file
holds personal data: it is written with mode 0600, and no message quotes it.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.home import Home
from orchestration.kept_aside import STANDING, create_standing
from orchestration.landing import mended_digests, read_mended
from orchestration.ledger import Ledger
from orchestration.replay import Selection
from orchestration.sql_text import literal

if TYPE_CHECKING:
    from orchestration.company import Company

_OWN = ("_row", "_file", "_line", "_reasons", "_raw")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*")


class CorrectionsError(ValueError):
    """The file of corrected rows cannot be used; one line that quotes no value of it."""


@dataclass
class Corrected:
    """What a file of corrected rows says; `rows` by source and file_id, then by line."""

    rows: dict[tuple[str, str], dict[int, dict[str, str | None]]] = field(default_factory=dict)
    n_rows: int = 0
    n_empty: int = 0  # rows with no value at all: left as they are


def write_for_mending(
    home: Home, ledger: Ledger, company: Company, selection: Selection, target: Path
) -> int:
    """Write the records of one source that stand aside as CSV for a person to mend.

    Returns:
        How many rows were written.

    Raises:
        CorrectionsError: the records are of no source, or of several: their columns differ.
    """
    with duckdb.connect() as connection:
        create_standing(connection, home, ledger, company)
        found = connection.execute(
            "select source, file_id, file_name, first_line, max(last_line),"
            " array_to_string(list_sort(list_distinct(flatten(list(details)))), ' '),"
            " any_value(raw) filter (stage = 'line')"
            f" from {STANDING} where {selection.condition()} group by all order by all"
        ).fetchall()
        sources = sorted({row[0] for row in found})
        if not sources:
            raise CorrectionsError("nothing stands aside that these options name")
        if len(sources) > 1:
            names = ", ".join(sources)
            raise CorrectionsError(f"these are of several sources ({names}): name one with --file")
        sent = _rows_as_sent(connection, home, sources[0], found)
    columns = list(dict.fromkeys(name for row in sent.values() for name in row))
    _write_csv(target, [*_OWN, *columns], _for_mending(found, sent))
    return len(found)


def _for_mending(
    found: Iterable[tuple[Any, ...]], sent: dict[tuple[str, int], dict[str, str | None]]
) -> Iterator[dict[str, Any]]:
    for _, file_id, name, first, _, reasons, raw in found:
        broken = raw.decode(errors="backslashreplace").rstrip("\r\n") if raw is not None else ""
        own = {
            "_row": f"{file_id}:{first}", "_file": name, "_line": first, "_reasons": reasons,
            "_raw": broken,
        }  # fmt: skip
        yield own | sent.get((file_id, first), {})


def _rows_as_sent(
    connection: duckdb.DuckDBPyConnection, home: Home, source: str, found: list[tuple[Any, ...]]
) -> dict[tuple[str, int], dict[str, str | None]]:
    """The records' own columns as text, by file_id and line, where they could be read."""
    sent: dict[tuple[str, int], dict[str, str | None]] = {}
    for file_id in sorted({row[1] for row in found}):
        path = home.rows_file(source, file_id)
        if not path.exists():
            continue
        lines = ", ".join(str(row[3]) for row in found if row[1] == file_id)
        cursor = connection.execute(
            "select _line, columns(* exclude (_line, _last_line, _file_id))::varchar"
            f" from read_parquet({literal(str(path))}) where _line in ({lines})"
        )
        names = [column[0] for column in cursor.description][1:]
        for line, *values in cursor.fetchall():
            sent[file_id, line] = dict(zip(names, values, strict=True))
        described = connection.execute(f"describe from read_parquet({literal(str(path))})")
        every = [row[0] for row in described.fetchall() if not row[0].startswith("_")]
        sent.setdefault((file_id, 0), dict.fromkeys(every))
    return sent


def _write_csv(target: Path, columns: list[str], rows: Iterable[dict[str, Any]]) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
        os.fchmod(out.fileno(), 0o600)
        writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _neutral(value) for name, value in row.items()})


def _neutral(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; `_as_meant` takes it back."""
    if isinstance(value, str) and value.startswith((*_FORMULA, "'")):
        return value if _NUMBER.fullmatch(value) else f"'{value}"
    return value


def _as_meant(value: str | None) -> str | None:
    if not value:
        return None
    return value[1:] if value.startswith("'") and value[1:2] in (*_FORMULA, "'") else value


def read_corrections(
    home: Home, ledger: Ledger, company: Company, path: Path, selection: Selection
) -> Corrected:
    """Read a file of corrected rows, and find the record that each is of.

    Raises:
        CorrectionsError: no such file, another shape, or a row that is of no record that stands.
    """
    places = _places(home, ledger, company)
    corrected, strange = Corrected(), []
    for number, row in enumerate(_rows_of(path), start=1):
        corrected.n_rows += 1
        values = {name: value for name, value in row.items() if name not in _OWN}
        place = _place_of(row, places, selection)
        if place is None:
            strange.append(number)
        elif all(value is None for value in values.values()):
            corrected.n_empty += 1
        else:
            source, file_id, line = place
            corrected.rows.setdefault((source, file_id), {})[line] = values
    if strange:
        shown = ", ".join(map(str, strange[:5])) + (" …" if len(strange) > 5 else "")
        raise CorrectionsError(
            f"{path.name}: {len(strange)} of {corrected.n_rows} rows (row {shown}) are of no record"
            " in quarantine; name each by _row, or by _file and _line, as `show --out` does"
        )
    return corrected


Place = tuple[str, str, int]


def _places(home: Home, ledger: Ledger, company: Company) -> dict[tuple[str, int], set[Place]]:
    """Records that may be corrected, by file id or name and line."""
    with duckdb.connect() as connection:
        create_standing(connection, home, ledger, company)
        found = set(
            connection.execute(
                f"select distinct source, file_id, file_name, first_line from {STANDING}"
            ).fetchall()
        )
    names = {(a.source, a.file_id): a.name for a in ledger.arrivals()}
    for source in company.sources:
        for file_id, _ in mended_digests(home, source):
            name = names.get((source, file_id), "")
            lines = read_mended(home, source, file_id)
            found |= {(source, file_id, name, line) for line in lines}
    places: dict[tuple[str, int], set[Place]] = {}
    for source, file_id, name, line in found:
        for key in {file_id, name, Path(name or "").name}:
            places.setdefault((key, line), set()).add((source, file_id, line))
    return places


def _place_of(
    row: dict[str, str | None], places: dict[tuple[str, int], set[Place]], selection: Selection
) -> Place | None:
    file, _, line = (row.get("_row") or "").rpartition(":")
    if not file:
        file, line = row.get("_file") or selection.file or "", row.get("_line") or ""
    if not line.strip().isdecimal():
        return None
    found = places.get((file, int(line)), set())
    return next(iter(found)) if len(found) == 1 else None


def _rows_of(path: Path) -> Iterator[dict[str, str | None]]:
    """The rows of a CSV file or one of JSON lines, as text."""
    if not path.is_file():
        raise CorrectionsError(f"{path}: no such file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            if path.suffix.lower() in (".jsonl", ".ndjson"):
                yield from map(_of_json, filter(str.strip, lines))
                return
            reader = csv.DictReader(lines, strict=True)
            for row in reader:
                if None in row or any(value is None for value in row.values()):
                    raise CorrectionsError(
                        f"{path.name}: line {reader.line_num} has not as many fields as the header"
                    )
                yield {name: _as_meant(value) for name, value in row.items()}
    except (csv.Error, UnicodeDecodeError, json.JSONDecodeError) as error:
        kind = type(error).__name__
        raise CorrectionsError(
            f"{path.name}: is no CSV or JSON lines in UTF-8 ({kind}); save it as CSV UTF-8"
        ) from None


def _of_json(line: str) -> dict[str, str | None]:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise CorrectionsError("a line of it is no JSON object")
    return {
        name: value if value is None or isinstance(value, str) else json.dumps(value)
        for name, value in row.items()
    }
