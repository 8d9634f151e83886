"""Framing: good records come out as they were written, and no damage loses a byte."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing import csv_reader, framing, stream
from orchestration.landing.csv_reader import CsvReader
from orchestration.landing.framing import Dialect, Records, fields_of_line, frame
from orchestration.landing.options import Options
from orchestration.landing.pieces import Piece
from orchestration.landing.problems import BadRecord, Counts

PLAIN = Dialect(ord(","), ord('"'), 3, b"")


def whole(data: bytes, dialect: Dialect = PLAIN) -> list[tuple[bytes, int]]:
    records = frame(data, dialect, final=True)
    bounds = records.bounds.tolist()
    return [(data[a:b], f) for a, b, f in zip(bounds, bounds[1:], records.flags.tolist())]  # noqa: B905


def good(data: bytes, dialect: Dialect = PLAIN) -> list[bytes]:
    return [raw for raw, flag in whole(data, dialect) if flag == 0]


def flags(data: bytes, dialect: Dialect = PLAIN) -> list[int]:
    return [flag for _, flag in whole(data, dialect)]


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        (b"1,2\n", framing.TOO_FEW),
        (b"1,2,3,4\n", framing.TOO_MANY),
        (b'1,"2,3\n', framing.UNTERMINATED),
        (b'1,5" pipe,3\n', framing.BAD_QUOTING),
        (b'1,"2"x,3\n', framing.BAD_QUOTING),
        (b'1, "2",3\n', framing.BAD_QUOTING),
        (b"1,2\rx,3\n", framing.BAD_QUOTING),
        (b"1,\0,3\n", framing.NUL_BYTE),
        (b"1,\xe9,3\n", framing.INVALID_UTF8),
        (b"1," + b"x" * (1 << 20) + b",3\n", framing.TOO_LONG),
        (b"\n", framing.BLANK),
        (b"\r\n", framing.BLANK),
    ],
)
def test_a_bad_line_alone_is_set_aside(line: bytes, flag: int) -> None:
    before, after = b'a,"b ""x"" \n y",c\n', b"d,e,f\n"
    assert good(before + line + after) == [before, after]
    assert flags(before + line + after) == [0, flag, 0]


def test_several_reasons_at_once() -> None:
    assert flags(b"1,\0\xff\n") == [framing.NUL_BYTE | framing.INVALID_UTF8 | framing.TOO_FEW]


def test_header_again() -> None:
    dialect = Dialect(ord(","), ord('"'), 3, b"a,b,c")
    assert flags(b"a,b,x\na,b,c\r\n", dialect) == [0, framing.REPEATED_HEADER]


def test_quotes_that_mean_nothing() -> None:
    dialect = Dialect(ord(","), None, 3, b"")
    assert flags(b'1,5" pipe,3\n"1,2,3\n', dialect) == [0, 0]


@pytest.mark.parametrize(
    "after",
    [b"2,Bob,Paris\n", b'2,"Bob",Paris\n', b'2,Bob,"Paris"\n', b'"2","B\nob","Paris"\n'],
    ids=["plain", "quoted", "last quoted", "all quoted, two lines"],
)
def test_rows_after_an_open_quote_are_kept(after: bytes) -> None:
    data = b'0,Eva,Rome\n1,"Anna,Berlin\n' + after * 3
    assert good(data) == [b"0,Eva,Rome\n", after, after, after]


def test_a_record_that_swallowed_others_gives_them_back() -> None:
    """The open quote of line 1 is closed by that of line 4: one field over three good rows."""
    data = b'1,"Anna,Berlin\n2,Bob,Paris\n3,Cid,Rome\n4,Dan",Oslo,x\n5,Eva,Bern\n'
    assert good(data) == [b"2,Bob,Paris\n", b"3,Cid,Rome\n", b"5,Eva,Bern\n"]


def test_inner_quotes_that_are_not_doubled() -> None:
    data = b'1,"several\nlines "quoted" here",x\n2,b,c\n'
    assert good(data) == [b"2,b,c\n"]
    assert flags(data) == [framing.UNTERMINATED, framing.BAD_QUOTING, 0]


def test_return_inside_quotes_is_data() -> None:
    assert flags(b'1,"a\rb",3\r\n2,b,c\r\n') == [0, 0]


def test_last_line_without_line_end() -> None:
    assert good(b"1,2,3\n4,5,6") == [b"1,2,3\n", b"4,5,6"]
    assert good(b'1,2,3\n4,5,"6"\r') == [b"1,2,3\n", b'4,5,"6"\r']


def test_what_is_not_whole_is_left_for_the_next_block() -> None:
    records = frame(b'1,2,3\n4,"5\n', PLAIN, final=False)
    assert (records.consumed, records.flags.tolist()) == (6, [0])


def test_an_open_quote_is_given_up_beyond_the_cap() -> None:
    dialect = Dialect(ord(","), ord('"'), 3, b"", max_record=50)
    data = b'1,"2,3\n' + b"4,5,6\n" * 10
    assert frame(data, dialect, final=False).flags.tolist() == [framing.UNTERMINATED] + [0] * 10


# laws -------------------------------------------------------------------------------------------
VALUES = st.text(st.sampled_from('ab,"\n\r\té€ '), max_size=6)
TABLES = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), min_size=1, max_size=12)
)


def written(
    rows: list[list[str]], line_end: str = "\n", delimiter: str = ",", always: str = ""
) -> bytes:
    """Write rows by the rule; values with a character of `always` are quoted without need."""

    def field(value: str) -> str:
        if not value or set(value) & {'"', "\n", "\r", delimiter, *always}:
            return '"' + value.replace('"', '""') + '"'
        return value

    return "".join(delimiter.join(map(field, row)) + line_end for row in rows).encode()


def read(directory: Path, data: bytes, options: Options) -> list[Piece]:
    path = directory / "x.csv"
    path.write_bytes(data)
    return list(CsvReader(path, "x.csv", options).pieces())


@settings(max_examples=250, deadline=None)
@given(
    TABLES,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([",", ";"]),
    st.sampled_from(["", "a", "abcé"]),
)
def test_written_records_are_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    line_end: str,
    delimiter: str,
    always: str,
) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    data = written([header, *rows], line_end, delimiter, always)
    options = Options("csv", delimiter=delimiter)
    pieces = read(tmp_path_factory.getbasetemp(), data, options)
    found = [list(row.values()) for piece in pieces for row in piece.table.to_pylist()]
    expected = [[value or None for value in row] for row in rows]
    assert found == expected
    assert not [record for piece in pieces for record in piece.bad]


BROKEN = st.lists(
    st.sampled_from([b"a", b",", b'"', b'""', b"\n", b"\r\n", b"\r", b"\0", b"\xe9", "é".encode()]),
    max_size=60,
).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(BROKEN)
def test_no_damage_loses_a_byte(data: bytes) -> None:
    records = frame(data, PLAIN, final=True)
    assert b"".join(raw for raw, _ in whole(data)) == data
    assert records.line_bounds[-1] == data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    assert np.all(np.diff(records.line_bounds) > 0)


@settings(max_examples=400, deadline=None)
@given(BROKEN)
def test_good_records_are_good_for_a_strict_reader_too(data: bytes) -> None:
    """Python's strict reader agrees on every record that is taken."""
    for raw in good(data):
        text = raw.decode().removesuffix("\n").removesuffix("\r")
        (fields,) = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert len(fields) == 3


@settings(max_examples=300, deadline=None)
@given(BROKEN, st.integers(1, 40), st.sampled_from([5, 20, 1 << 20]))
def test_blocks_do_not_matter(data: bytes, size: int, max_record: int) -> None:
    dialect = replace(PLAIN, max_record=max_record)
    at_once = frame(data, dialect, final=True)
    flags_found: list[int] = []
    bounds, rest, done = [0], b"", 0
    for begin in range(0, len(data) + 1, size):
        rest += data[begin : begin + size]
        part: Records = frame(rest, dialect, final=begin + size > len(data))
        flags_found += part.flags.tolist()
        bounds += (part.bounds[1:] + done).tolist()
        done += part.consumed
        rest = rest[part.consumed :]
    assert (flags_found, bounds) == (at_once.flags.tolist(), at_once.bounds.tolist())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "b c", 'x "y"', "é"]), min_size=3, max_size=3), BROKEN)
def test_good_rows_behind_any_damage_are_found(row: list[str], damage: bytes) -> None:
    """Damage with no open quote of its own costs none of the rows that follow."""
    if damage.count(b'"') % 2 or not damage.endswith(b"\n"):
        damage = damage.replace(b'"', b"") + b"\n"
    line = written([row], always="".join(row))
    if fields_of_line(damage.split(b"\n")[-2].removesuffix(b"\r"), PLAIN) is None:
        return
    assert good(damage + line * 3)[-3:] == [line] * 3


@settings(max_examples=150, deadline=None)
@given(BROKEN)
def test_books_balance_and_raw_bytes_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, damage: bytes
) -> None:
    data = b"a,b,c\n1,2,3\n" + damage
    pieces = read(tmp_path_factory.getbasetemp(), data, Options("csv", quarantine_ratio=1.1))
    counts = sum((piece.counts for piece in pieces), Counts())
    assert counts.framed == counts.parsed + counts.quarantined + counts.blank
    lines = io.BytesIO(data).readlines()
    bad: list[BadRecord] = [record for piece in pieces for record in piece.bad]
    for record in bad:
        assert record.raw == b"".join(lines[record.first_line - 1 : record.last_line])
    taken = sum(int(p.last_line.sum() - p.first_line.sum()) + p.table.num_rows for p in pieces)
    aside = sum(record.last_line - record.first_line + 1 for record in bad)
    assert 1 + taken + aside + counts.blank == len(lines)


def test_a_file_of_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BLOCK_BYTES", 64)
    rows = [[str(i), f'"{i}" é\n', "x" * (i % 50)] for i in range(200)]
    data = written([["a", "b", "c"], *rows])
    pieces = read(tmp_path, data, Options("csv"))
    assert len(pieces) > 50
    found = [list(row.values()) for piece in pieces for row in piece.table.to_pylist()]
    assert found == [[value or None for value in row] for row in rows]
    first = np.concatenate([piece.first_line for piece in pieces])
    assert first.tolist() == [2 + 2 * i for i in range(200)]


def test_a_third_of_the_quotes_broken_costs_seconds_at_most(tmp_path: Path) -> None:
    row, broken = b'1,"two",3\n', b'1,"two,3\n'
    pieces = read(tmp_path, b"a,b,c\n" + (row * 2 + broken) * 5000, Options("csv"))
    counts = sum((piece.counts for piece in pieces), Counts())
    assert (counts.parsed, counts.quarantined) == (10_000, 5_000)


def test_delimiter_is_found_outside_quotes() -> None:
    assert csv_reader._sniff('"a,b,c";d', '"') == ";"
    assert csv_reader._sniff("alone", '"') == ","


@pytest.mark.parametrize(("header", "row"), [("a", "\ufeff"), ("a,b", "\ufeffx,y")])
def test_a_mark_of_byte_order_in_a_row_is_part_of_its_value(
    tmp_path: Path, header: str, row: str
) -> None:
    (piece,) = read(tmp_path, f"{header}\n{row}\n".encode(), Options("csv"))
    assert list(piece.table.to_pylist()[0].values()) == row.split(",")
