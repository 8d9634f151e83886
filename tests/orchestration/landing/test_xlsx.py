"""Workbooks as people export them, and as an enemy makes them."""

from __future__ import annotations

import datetime as dt
import io
import resource
import time
import zipfile
from typing import Any

import openpyxl
import pytest

from orchestration.landing.header_names import find_header, names_of
from orchestration.landing.xlsx_cells import text_of_cell
from tests.orchestration.landing.conftest import Place

CALLS = [
    ["Call report", None, None, None],
    ["Exported", dt.datetime(2025, 3, 1, 8, 0), None, None],
    ["Id", "Start", "Wait\ns", "Note"],
    [17, dt.datetime(2025, 2, 3, 14, 30, 5), 0.1 + 0.2, "late"],
    [None, None, None, None],
    [18, dt.datetime(2025, 2, 4), 12, None],
    ["Total", None, 12.3, None],
]


def workbook(rows: list[list[Any]], title: str = "Calls", **formats: str) -> bytes:
    """A workbook of one sheet; `formats` are number formats by column."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for column, shown in formats.items():
        for cell in sheet[column]:
            cell.number_format = shown
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rezipped(content: bytes, part: str, data: bytes) -> bytes:
    """The same archive with another part in the place of one."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            new.writestr(info.filename, data if info.filename == part else old.read(info))
    return out.getvalue()


def test_a_report_with_a_title_and_a_totals_row(place: Place) -> None:
    place.source(["calls.xlsx"], totals=["total"])
    place.put("calls.xlsx", workbook(CALLS, A="00000", B="yyyy-mm-dd hh:mm"))
    result = place.land()
    assert result.status == "loaded", result.message
    assert place.rows() == [
        ("00017", "2025-02-03T14:30:05", "0.3", "late"),
        ("00018", "2025-02-04T00:00:00", "12", None),
    ]
    n = result.counts
    assert (n.framed, n.parsed, n.quarantined, n.blank) == (4, 2, 0, 2)


def test_a_declared_header_row_and_lines_of_the_sheet(place: Place) -> None:
    import duckdb

    place.source(["calls.xlsx"], header_row=3)
    place.put("calls.xlsx", workbook(CALLS))
    assert place.land().counts.parsed == 3
    found = duckdb.connect().execute(f'select _line, "Wait s" from ({place.sql()}) order by 1')
    assert found.fetchall() == [(4, "0.3"), (6, "12"), (7, "12.3")]


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (17, "00000", "00017"),
        (17.0, "00000", "00017"),
        (-17, "0000", "-0017"),
        (1234567, "000", "1234567"),
        (17, "0", "17"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, "#,##0.00", "1234.5"),
        (1e15, "General", "1000000000000000"),
        (1e-7, "General", "0.0000001"),
        (True, "General", "true"),
        (dt.datetime(2025, 3, 1), "dd/mm/yyyy", "2025-03-01"),
        (dt.datetime(2025, 3, 1), "dd/mm/yyyy hh:mm", "2025-03-01T00:00:00"),
        (dt.datetime(2025, 3, 1, 9, 5), '[$-407]d. mmm "h" yyyy', "2025-03-01T09:05:00"),
        (dt.datetime(2025, 3, 1, 9, 4, 59, 999_800), "hh:mm", "2025-03-01T09:05:00"),
        (dt.time(9, 5), "hh:mm", "09:05:00"),
        (dt.timedelta(hours=26, seconds=5), "[h]:mm:ss", "26:00:05"),
        ("00017", "@", "00017"),
        ("#N/A", "General", "#N/A"),
        ("", "General", None),
    ],
)
def test_cells(value: Any, shown: str, text: str | None) -> None:
    assert text_of_cell(value, shown) == text


def test_several_sheets_are_named(place: Place) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Calls")
    for row in CALLS[2:4]:
        sheet.append(row)
    hidden = book.create_sheet("Lookups")
    hidden.sheet_state = "hidden"
    place.put("calls.xlsx", saved(book))
    for sheet_name, said in [(None, "several sheets"), ("Callz", "no sheet 'Callz'")]:
        place.source(["calls.xlsx"], sheet=sheet_name)
        result = place.land()
        assert result.reason_code == "file.header_mismatch"
        assert said in str(result.message)
        assert "'Cover', 'Calls', 'Lookups'" in str(result.message)
    place.source(["calls.xlsx"], sheet="calls")
    assert place.land().counts.parsed == 1


def test_formulas_give_what_was_stored_and_never_nothing(place: Place) -> None:
    content = workbook([["id", "sum"], [1, "=1+1"], [2, 5]])
    stored = content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        stored = rezipped(
            content,
            "xl/worksheets/sheet1.xml",
            sheet.replace(b"<v />", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>")
            .replace(b"<v></v>", b"<v>2</v>"),
        )  # fmt: skip
    place.source(["x.xlsx"])
    place.put("x.xlsx", content)
    result = place.land()
    assert (result.counts.parsed, result.counts.quarantined) == (1, 1)
    (line,) = place.lines()
    assert (line["first_line"], line["reasons"]) == (2, ["xlsx.formula"])
    place.put("x.xlsx", stored)
    assert place.land().counts.quarantined == 0
    assert place.rows() == [("1", "2"), ("2", "5")]


def test_cells_beyond_the_header_are_kept_aside(place: Place) -> None:
    place.source(["x.xlsx"])
    place.put("x.xlsx", workbook([["id", "sum"], [1, 2], [3, 4, "what is this?"]]))
    result = place.land()
    assert (result.counts.parsed, result.counts.quarantined) == (1, 1)
    assert place.lines()[0]["reasons"] == ["csv.too_many_fields"]


def bomb() -> bytes:
    return rezipped(workbook(CALLS), "xl/worksheets/sheet1.xml", bytes(300 << 20))


def entities() -> bytes:
    lol = b'<!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;">' % (98 + i, 97 + i, 97 + i, 97 + i) for i in range(20)
    )
    return rezipped(workbook(CALLS), "xl/styles.xml", lol + b"]><styleSheet>&u;</styleSheet>")


def far_cells() -> bytes:
    """A header, and rows whose only cell is the last of the widest sheet, with gaps between."""
    rows = b"".join(
        b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (i, i) for i in range(2, 30_000, 3)
    )
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>' + rows
        + b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData></worksheet>'
    )  # fmt: skip
    return rezipped(workbook(CALLS), "xl/worksheets/sheet1.xml", sheet)


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"", ("file.empty",)),
        (b"id,sum\n1,2\n", ("file.magic_mismatch",)),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ("file.magic_mismatch",)),
        (b"PK\x03\x04...", ("file.archive_unsafe",)),
        (workbook(CALLS)[:-200], ("file.archive_unsafe",)),
        (rezipped(workbook(CALLS), "xl/workbook.xml", b"<nothing"), ("file.archive_unsafe",)),
        (rezipped(workbook(CALLS), "xl/worksheets/sheet1.xml", b"<a>"), ("file.archive_unsafe",)),
        (workbook([]), ("file.empty",)),
        (workbook([["a", "A"], [1, 2]]), ("file.header_mismatch", "file.header_duplicate")),
        (bomb(), ("file.archive_unsafe",)),
        (entities(), ("file.archive_unsafe",)),
    ],
    ids=[
        "empty", "csv", "old", "stub", "cut", "no-workbook", "no-sheet", "no-cells", "twice",
        "bomb", "entities",
    ],
)  # fmt: skip
def test_refused(place: Place, content: bytes, codes: tuple[str, ...]) -> None:
    place.source(["x.xlsx"])
    place.put("x.xlsx", content)
    before, began = peak(), time.monotonic()
    result = place.land()
    assert result.reason_code in codes, (result.reason_code, result.message)
    assert "x.xlsx" in str(result.message)
    assert time.monotonic() - began < 5
    assert peak() - before < 200 << 10


def peak() -> int:
    """The most memory that the process had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_far_cells_and_hostile_gaps_cost_no_more_than_their_rows(place: Place) -> None:
    place.source(["x.xlsx"], header_row=1)
    place.ratio(1.0)
    place.put("x.xlsx", far_cells())
    before, began = peak(), time.process_time()
    n = place.land().counts
    assert (n.parsed, n.quarantined) == (0, 0)  # the far cells are beyond what is looked at
    assert n.framed == n.blank > 25_000
    assert time.process_time() - began < 10
    assert peak() - before < 300 << 10


def test_names_of_a_header_of_several_rows() -> None:
    survey = [["Id", "Which of these?", "", "Comments"], ["", "Price", "Place", ""]]
    joined = ["Id", "Which of these? - Price", "Which of these? - Place", "Comments"]
    assert names_of(survey) == joined
    assert names_of(survey, "first") == ["Id", "Which of these?", "column_3", "Comments"]
    assert names_of([["a", ""], ["", ""]]) == ["a", "a"]


def test_the_header_is_the_first_wide_row_of_names() -> None:
    title, names, row = ["Report", "", ""], ["id", "at", "sum"], ["1", "2025-01-01", "3"]
    assert find_header([title, names, row]) == 1
    assert find_header([names, row]) == 0
    assert find_header([["", ""], [""]]) is None
    assert find_header([["1", "2", "3"], ["4", "5", "6"]]) is None
