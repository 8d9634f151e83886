"""Rows of a received file that a person corrected: kept in landing, laid over the file when parsed.

Here: storing corrections, and a piece of a file with them. Not here: who asks for it (replay), or
which records may be corrected.

A correction takes the place of one record, by the line on which the record begins, so that file
and line still tell where a row is from, the books of the file balance as before, and a replay from
landing gives it again. It gives the columns that change; of a record that could not be read the
others are NULL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.durable import replacing
from orchestration.home import Home
from orchestration.landing.options import Options
from orchestration.landing.pieces import Piece, Reader
from orchestration.landing.problems import Counts, Refused

#: A correction: the texts of the columns that it gives.
Values = Mapping[str, str | None]
_SCHEMA = pa.schema([("line", pa.int64()), ("columns", pa.string())])


def read_mended(home: Home, source: str, file_id: str) -> dict[int, dict[str, str | None]]:
    """The corrections of a file by the first line of their record; none where it has none."""
    path = home.mended_file(source, file_id)
    if not path.exists():
        return {}
    found = pq.read_table(path).to_pylist()
    return {row["line"]: json.loads(row["columns"]) for row in found}


def write_mended(home: Home, source: str, file_id: str, rows: Mapping[int, Values]) -> int:
    """Put corrections to those of a file; return how many of them are new. Twice is once."""
    known: dict[int, dict[str, str | None]] = read_mended(home, source, file_id)
    new = {line: {**known.get(line, {}), **values} for line, values in rows.items()}
    changed = sum(known.get(line) != values for line, values in new.items())
    if changed:
        merged = sorted({**known, **new}.items())
        table = pa.Table.from_pylist(
            [{"line": line, "columns": _as_json(values)} for line, values in merged], _SCHEMA
        )
        with replacing(home.mended_file(source, file_id)) as temporary:
            pq.write_table(table, temporary, compression="zstd")
    return changed


def _as_json(values: Values) -> str:
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False)


def mended_digest(home: Home, source: str, file_id: str) -> str | None:
    """Changes with the corrections of a file; None where it has none."""
    rows = read_mended(home, source, file_id)
    if not rows:
        return None
    said = json.dumps(sorted((line, _as_json(values)) for line, values in rows.items()))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def mended_digests(home: Home, source: str) -> list[tuple[str, str | None]]:
    """Each file of a source that has corrections, with their digest, in order."""
    files = sorted(path.stem for path in home.mended_dir(source).glob("*.parquet"))
    return [(file_id, mended_digest(home, source, file_id)) for file_id in files]


def with_mended(home: Home, source: str, file_id: str, options: Options) -> Options:
    """The options of a file with what of it was corrected."""
    digest = mended_digest(home, source, file_id)
    return replace(options, mended=digest) if digest else options


class MendedReader:
    """A reader whose pieces have the corrections of their file."""

    def __init__(self, reader: Reader, mended: dict[int, dict[str, str | None]], name: str) -> None:
        """Read by `reader` the file `name`, `mended` laid over it."""
        self._reader, self._mended, self._name = reader, mended, name

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces; see `Reader`.

        What does not fit is told at the end: a column may only come later in the file.
        """
        problem: Refused | None = None
        for piece in self._reader.pieces():
            try:
                corrected = mended_piece(piece, self._mended, self._name)
            except Refused as refused:
                problem, corrected = problem or refused, piece
            yield corrected
        if problem:
            raise problem


def mended_piece(piece: Piece, mended: Mapping[int, Values], name: str) -> Piece:
    """A piece with its corrections in the place of the records that they correct.

    Raises:
        Refused: schema.extra, a column that the file has not; parquet.schema, a text that is no
            value of a typed column.
    """
    lines = np.array(sorted(mended), np.int64)
    there = np.isin(piece.first_line, lines)
    bad = [record for record in piece.bad if record.first_line in mended]
    if not there.any() and not bad:
        return piece
    kept = np.flatnonzero(~there)
    rows: list[dict[str, Any]] = []
    places: list[tuple[int, int]] = []
    for at in np.flatnonzero(there).tolist():
        line = int(piece.first_line[at])
        before = piece.table.slice(at, 1).to_pylist()[0]
        rows.append(_overlaid(before, mended[line], piece.table.schema, name))
        places.append((line, int(piece.last_line[at])))
    for record in bad:
        empty = dict.fromkeys(piece.table.column_names)
        rows.append(_overlaid(empty, mended[record.first_line], piece.table.schema, name))
        places.append((record.first_line, record.last_line))
    corrected = pa.Table.from_pylist(rows, piece.table.schema)
    table = pa.concat_tables([piece.table.take(pa.array(kept)), corrected])
    first = np.concatenate((piece.first_line[kept], [first for first, _ in places]))
    last = np.concatenate((piece.last_line[kept], [last for _, last in places]))
    order = np.argsort(first, kind="stable")
    n = piece.counts
    return Piece(
        table.take(pa.array(order)),
        first[order],
        last[order],
        tuple(record for record in piece.bad if record.first_line not in mended),
        Counts(n.framed, n.parsed + len(bad), n.quarantined - len(bad), n.blank).check(),
    )


def _overlaid(
    before: dict[str, Any], given: Values, schema: pa.Schema, name: str
) -> dict[str, Any]:
    """A row with the columns that a correction gives; upper and lower case do not differ."""
    known = {column.lower(): column for column in schema.names}
    row = dict(before)
    for column, text in given.items():
        target = known.get(column.lower())
        if target is None:
            raise Refused(
                "schema.extra",
                f"{name}: a corrected row gives a column that the file has not;"
                " give it the names of the file's header",
            )
        row[target] = _typed(text, schema.field(target).type, target, name)
    return row


def _typed(text: str | None, kind: pa.DataType, column: str, name: str) -> Any:
    if text is None or pa.types.is_string(kind):
        return text
    try:
        return pa.scalar(text, pa.string()).cast(kind).as_py()
    except (pa.ArrowException, NotImplementedError):
        raise Refused(
            "parquet.schema",
            f"{name}: a corrected row's {column!r} is no {kind}; write it as one",
        ) from None
