"""A sheet of an Excel workbook into text columns.

Here: which sheet, where its header is, and rows by pieces. Not here: what makes the archive unsafe
(xlsx_archive) or a cell's value as text (xlsx_cells). `_line` is the row's number in the sheet.
"""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.landing.header_names import find_header, names_of
from orchestration.landing.options import Options
from orchestration.landing.pieces import MAX_COLUMNS, Piece, check_names
from orchestration.landing.problems import BadRecord, Counts, Refused
from orchestration.landing.xlsx_archive import check_workbook
from orchestration.landing.xlsx_cells import text_of_cell

PIECE_ROWS = 20_000
_MAX_ROWS = 1_048_576  # a sheet has no more; a higher number would be a hostile gap
_FIRST_ROWS = 50


class XlsxReader:
    """Reads one sheet of one workbook."""

    def __init__(self, path: Path, name: str, options: Options) -> None:
        """Read `path`; `name` is the name that it was sent under."""
        self._path, self._name, self._options = path, name, options
        self._nulls = frozenset(options.null_values)

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces; see `Reader`."""
        has_formula = check_workbook(self._path, self._name, self._options.limits)
        with _opened(self._path, self._name) as book:
            sheet = self._sheet(book)
            header_row, columns = self._header(sheet)
            first = header_row + self._options.header_rows
            if has_formula:
                # The same rows once more, with formulas in the place of their stored values.
                with _opened(self._path, self._name, formulas=True) as formulas:
                    other = _rows(formulas[sheet.title], first, len(columns) + 1)
                    yield from self._read(sheet, other, first, columns)
            else:
                yield from self._read(sheet, None, first, columns)

    def _sheet(self, book: Any) -> Any:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        shown = [title for title, sheet in sheets.items() if sheet.sheet_state == "visible"]
        wanted = self._options.sheet
        if wanted is None and len(shown) == 1:
            return sheets[shown[0]]
        if wanted in sheets:
            return sheets[wanted]
        same = [title for title in sheets if wanted and title.casefold() == wanted.casefold()]
        if len(same) == 1:
            return sheets[same[0]]
        what = "several sheets" if wanted is None else f"no sheet {wanted!r}"
        listed = ", ".join(repr(title) for title in list(sheets)[:20]) or "none"
        raise Refused(
            "file.header_mismatch",
            f"{self._name}: {what}; set `sheet` of the source to one of: {listed}",
        )

    # the header ---------------------------------------------------------------------------------
    def _header(self, sheet: Any) -> tuple[int, list[str]]:
        """The header's row (from 1) and the columns."""
        count = self._options.header_rows
        begin = self._options.header_row or 1
        looked_at = begin + count - 1 if self._options.header_row else _FIRST_ROWS
        rows = [
            [text or "" for text in _texts(row)]
            for row in itertools.islice(_rows(sheet, begin, MAX_COLUMNS + 1), looked_at - begin + 1)
        ]
        if not any(any(row) for row in rows):
            raise Refused(
                "file.empty" if begin == 1 else "file.header_mismatch",
                f"{self._name}: sheet {sheet.title!r} has no cell filled"
                f"{'' if begin == 1 else f' in row {begin}'}; mend the file, or set `header_row`",
            )
        place = 0 if self._options.header_row else find_header(rows)
        if place is None:
            raise Refused(
                "file.header_mismatch",
                f"{self._name}: no row of sheet {sheet.title!r} looks like a header;"
                " set `header_row` of the source",
            )
        header = [_trimmed(row) for row in rows[place : place + count]]
        columns = names_of(header, self._options.header_names)
        check_names(columns, self._name)
        return begin + place, columns

    # rows ---------------------------------------------------------------------------------------
    def _read(
        self, sheet: Any, formulas: Iterator[Any] | None, first: int, columns: list[str]
    ) -> Iterator[Piece]:
        width = len(columns) + 1  # one more, to see what lies beyond the header
        rows = zip(
            itertools.count(first),
            _rows(sheet, first, width),
            formulas if formulas is not None else itertools.repeat(()),
        )
        while True:
            chunk = list(itertools.islice(rows, PIECE_ROWS))
            yield self._piece(chunk, columns)
            if len(chunk) < PIECE_ROWS:
                return

    def _piece(self, chunk: Sequence[tuple[int, Any, Any]], columns: list[str]) -> Piece:
        good: list[list[str | None]] = []
        lines: list[int] = []
        bad: list[BadRecord] = []
        blank = 0
        for line, row, formulas in chunk:
            texts = _texts(row)
            code = self._fault(texts, row, formulas, len(columns))
            if code:
                raw = json.dumps(texts, ensure_ascii=False).encode()
                bad.append(BadRecord(line, line, raw, (code,)))
            elif not any(texts):
                blank += 1
            else:
                texts += [None] * (len(columns) - len(texts))
                good.append([None if t in self._nulls else t for t in texts[: len(columns)]])
                lines.append(line)
        values = zip(*good, strict=True) if good else ([] for _ in columns)
        table = pa.table(
            {
                name: pa.array(list(given), pa.string())
                for name, given in zip(columns, values, strict=True)
            }
        )
        at = np.array(lines, np.int64)
        counts = Counts(len(chunk), len(good), len(bad), blank).check()
        return Piece(table, at, at, tuple(bad), counts)

    @staticmethod
    def _fault(texts: Sequence[str | None], row: Any, formulas: Any, width: int) -> str | None:
        if any(text for text in texts[width:]):
            return "csv.too_many_fields"
        for cell, formula in zip(row, formulas, strict=False):
            if getattr(formula, "data_type", None) == "f" and cell.value is None:
                return "xlsx.formula"
        return None


class _opened:  # noqa: N801 - used like a function
    """A workbook, open for reading row by row; its parts' defects become refusals."""

    def __init__(self, path: Path, name: str, *, formulas: bool = False) -> None:
        self._path, self._name, self._formulas = path, name, formulas

    def __enter__(self) -> Any:
        import openpyxl

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of styles and extensions that it does not know
                self._book = openpyxl.load_workbook(
                    self._path, read_only=True, data_only=not self._formulas, keep_links=False
                )
        except Exception as problem:  # whatever a broken part makes of it
            raise self._damaged(problem) from None
        return self._book

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._book.close()
        if isinstance(error, Exception) and not isinstance(error, (Refused, AssertionError)):
            raise self._damaged(error) from None

    def _damaged(self, problem: Exception) -> Refused:
        return Refused(
            "file.archive_unsafe",
            f"{self._name}: a part of the workbook is damaged ({type(problem).__name__});"
            " save it again",
        )


def _rows(sheet: Any, first: int, width: int) -> Iterator[Any]:
    """Rows of cells from a row on; the size that the sheet says it has is not believed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from sheet.iter_rows(min_row=first, max_row=_MAX_ROWS, min_col=1, max_col=width)


def _texts(row: Any) -> list[str | None]:
    return [
        None if (value := cell.value) is None else text_of_cell(value, cell.number_format)
        for cell in row
    ]


def _trimmed(row: Sequence[str]) -> list[str]:
    """A row without the blanks at its end."""
    end = max((i for i, cell in enumerate(row, start=1) if cell), default=0)
    return list(row[:end])
