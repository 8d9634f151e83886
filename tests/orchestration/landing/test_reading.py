"""Reading: options of CSV, JSON lines, Parquet, packed or plain, and what is set aside."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing import stream
from orchestration.landing.json_line import BadLine, read_line
from orchestration.landing.json_reader import JsonReader
from orchestration.landing.options import Options
from tests.zipped import zipped

from .conftest import Place


def landed(place: Place, name: str, content: bytes | str, **more: Any) -> list[tuple[Any, ...]]:
    place.source([name], mode="snapshot", **more)
    place.put(name, content)
    result = place.land()
    assert result.status == "loaded", result.message
    return place.rows()


@pytest.mark.parametrize(
    ("content", "more"),
    [
        ("a;b\n1;2,5\n", {}),
        ("a\tb\n1\t2,5\n", {}),
        ("a|b\n1|2,5\n", {}),
        ('a,b\r\n1,"2,5"\r\n', {}),
        ("a;b\r1;2,5\r", {}),
        ("\n\na;b\n1;2,5", {}),
        ("a,b;c\n1,2,5\n".replace("b;c", "b").replace("2,5", '"2,5"'), {"delimiter": ","}),
        ("a;b\n1;'2,5'\n", {"quote": "'"}),
        (b"\xef\xbb\xbfa;b\n1;2,5\n", {}),
        ("a;b\n1;2,5\n".encode("utf-16"), {}),
        ("a;b\n1;2,5\n".encode("utf-16-be"), {"encoding": "utf-16-be"}),
        ("Report\nof today\na;b\n1;2,5\n", {"header_row": 3}),
        (zipped(b"a;b\n") + zipped(b"1;2,5\n"), {"gz": True}),
    ],
)
def test_ways_of_writing_csv(place: Place, content: bytes | str, more: dict[str, Any]) -> None:
    name = "x.csv.gz" if more.pop("gz", False) else "x.csv"
    assert landed(place, name, content, **more) == [("1", "2,5")]


def test_latin_1(place: Place) -> None:
    assert landed(place, "x.csv", "né,b\ncafé,€uro\n".encode("cp1252"), encoding="cp1252") == [
        ("café", "€uro")
    ]


def test_what_is_text_stays_text(place: Place) -> None:
    found = landed(place, "x.csv", "a,b,c\n007,NULL,\nnan,NA,1e5\n")
    assert found == [("007", "NULL", None), ("nan", "NA", "1e5")]


def test_declared_nulls(place: Place) -> None:
    found = landed(place, "x.csv", 'a,b\nNULL,-\n"NULL",x\n', null_values=["", "NULL", "-"])
    assert found == [(None, None), (None, "x")]


def test_lines_and_lineage(place: Place) -> None:
    place.put("x.csv", 'a,b\n1,"two\nlines"\n\n3\n4,5\n')
    place.land()
    found = duckdb.connect().execute(
        f"select _file, _line, _row, _received_at, b from ({place.sql()}) order by _line"
    )
    (arrival,) = place.ledger.arrivals("s")
    received = datetime(2025, 3, 2, 2, tzinfo=UTC)
    assert [(*row[:3], row[3].astimezone(UTC), row[4]) for row in found.fetchall()] == [
        ("x.csv", 2, f"{arrival.file_id}:2", received, "two\nlines"),
        ("x.csv", 6, f"{arrival.file_id}:6", received, "5"),
    ]
    assert (arrival.n_framed, arrival.n_parsed, arrival.n_quarantined, arrival.n_blank) == (
        4, 2, 1, 1,
    )  # fmt: skip
    (line,) = place.lines()
    assert (line["first_line"], line["last_line"], line["raw_bytes"]) == (5, 5, b"3\n")
    assert line["reasons"] == ["csv.too_few_fields"]
    assert line["sha256"] == arrival.sha256


def test_header_only(place: Place) -> None:
    place.put("x.csv", "a,b\n")
    result = place.land()
    assert (result.status, [p.code for p in result.problems]) == ("loaded", ["file.no_rows"])
    assert place.rows() == []


def test_columns_without_a_name(place: Place) -> None:
    landed(place, "x.csv", ",a,\n1,2,3\n")
    names = [c[0] for c in duckdb.connect().execute(place.sql()).description]
    assert names[:3] == ["column_1", "a", "column_3"]


def test_a_file_cut_in_its_last_row(place: Place) -> None:
    assert landed(place, "x.csv", 'a,b,c\n1,2,3\n4,"5') == [("1", "2", "3")]
    (line,) = place.lines()
    assert line["reasons"] == ["csv.unterminated_quote", "file.maybe_truncated"]


def test_names_that_look_like_globs_are_literal(place: Place) -> None:
    place.put("a[1].csv", "a\n1\n")
    place.put("a1.csv", "a\n2\n")
    place.source(["a[1].csv"])
    place.land()
    assert place.rows() == [("1",)]


# JSON lines -------------------------------------------------------------------------------------
def test_json_values_as_text(place: Place) -> None:
    lines = [
        '{"id": 1, "amount": 10.5, "who": {"name": "Zoë", "ids": [1, 2]}, "ok": true, "x": null}',
        '{"id": "2", "amount": 12345678901234.5678, "who": [], "late": "x\\ny"}',
        ' {"id": 123456789012345678901, "amount": 1e5}',
    ]
    found = landed(place, "x.jsonl", "\n".join(lines))
    assert found == [
        ("1", "10.5", '{"name":"Zoë","ids":[1,2]}', "true", None, None),
        ("2", "12345678901234.5678", "[]", None, None, "x\ny"),
        ("123456789012345678901", "1e5", None, None, None, None),
    ]


def test_a_json_key_without_a_name_is_a_column_all_the_same(place: Place) -> None:
    lines = ['{"a": 1, "": "x"}', '{"a": 2}', '{"": 3}', '{"": 4, "unnamed": 5}']
    assert landed(place, "x.jsonl", "\n".join(lines)) == [("1", "x"), ("2", None), (None, "3")]
    names = [c[0] for c in duckdb.connect().execute(place.sql()).description]
    assert names[:2] == ["a", "unnamed"]
    assert [line["reasons"] for line in place.lines()] == [["json.duplicate_key"]]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"a": 1', "json.syntax"),
        ('{"a": 1,}', "json.syntax"),
        ('{"a": [1,]}', "json.syntax"),
        ("[1]", "json.syntax"),
        ("1", "json.syntax"),
        ('{"a": 1} x', "json.syntax"),
        ("{'a': 1}", "json.syntax"),
        ('{"a": "\\ud800"}', "json.syntax"),
        ('{"a": "\xff"}'.encode("latin-1"), "json.syntax"),
        ('{"a": "' + "x" * (1 << 20) + '"}', "json.syntax"),
        ('{"a": NaN}', "json.number"),
        ('{"a": -Infinity}', "json.number"),
        ('{"a": 1e400}', "json.number"),
        ('{"a": 1, "a": 1}', "json.duplicate_key"),
        ('{"a": ' + "[" * 70 + "]" * 70 + "}", "json.depth"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "json.depth"),
    ],
)
def test_a_bad_json_line_alone_is_set_aside(place: Place, line: bytes | str, code: str) -> None:
    raw = (line if isinstance(line, bytes) else line.encode()) + b"\n"
    content = b'{"a": "x"}\n' + raw + b'\n{"a": "y"}\n'
    assert landed(place, "x.jsonl", content) == [("x",), ("y",)]
    (kept,) = place.lines()
    assert (kept["reasons"], kept["first_line"], kept["raw_bytes"]) == ([code], 2, raw)


def test_text_that_looks_suspicious_is_kept(place: Place) -> None:
    """The careful path gives what the fast one gives."""
    texts = ["a, nan", "x,}", ": 1234567890123456789", "[inf", "{" * 80, '\\ "q" é']
    lines = [json.dumps({"a": text, "n": 1}, ensure_ascii=False) for text in texts]
    assert landed(place, "x.jsonl", "\n".join(lines)) == [(text, "1") for text in texts]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c d", "é"]), JSON), min_size=1))
def test_json_is_read_as_python_reads_it(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "law.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = Options("jsonl", null_values=())
    (piece,) = JsonReader(path, "law.jsonl", options).pieces()
    assert piece.counts.parsed == len(rows)
    for row, found in zip(rows, piece.table.to_pylist(), strict=True):
        for key, text in found.items():
            value = row.get(key)
            assert text == value if isinstance(value, str | None) else json.loads(text) == value


def test_a_key_that_comes_late(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BLOCK_BYTES", 32)
    lines = [json.dumps({"a": str(i)}) for i in range(20)] + ['{"a": "20", "b": "late"}']
    found = landed(place, "x.jsonl", "\n".join(lines))
    assert found == [(str(i), None) for i in range(20)] + [("20", "late")]


def test_lines_of_nothing(place: Place) -> None:
    assert landed(place, "x.jsonl", "{}\n{}\n") == [(), ()]


def test_one_line_read_strictly() -> None:
    assert read_line(b'{"a": 1.50, "b": {"c": 1.50}}') == {"a": "1.50", "b": '{"c":1.50}'}
    with pytest.raises(BadLine):
        read_line(b"")


# Parquet ----------------------------------------------------------------------------------------
def test_parquet_keeps_its_types(place: Place) -> None:
    when = datetime(2025, 1, 2, 3, tzinfo=UTC)
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int32()),
            "amount": pa.array([Decimal("1.50"), None], pa.decimal128(18, 4)),
            "at": pa.array([when, None], pa.timestamp("us", tz="America/Bahia")),
            "tags": pa.array([["a"], []], pa.list_(pa.string())),
            "kind": pa.array(["x", "x"]).dictionary_encode(),
            "nothing": pa.nulls(2),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    found = landed(place, "x.parquet", out.getvalue())
    assert [row[:2] for row in found] == [(1, Decimal("1.5000")), (2, None)]
    assert found[0][2].astimezone(UTC) == when
    assert [row[3:] for row in found] == [(["a"], "x", None), ([], "x", None)]
    packed = landed(place, "x.parquet.gz", zipped(out.getvalue()))
    assert packed == found


def test_parquet_without_rows(place: Place) -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), out)
    assert landed(place, "x.parquet", out.getvalue()) == []
