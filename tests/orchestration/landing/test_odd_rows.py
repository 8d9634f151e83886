"""Headers of several rows, totals rows, and fields that are on the first line only."""

from __future__ import annotations

import datetime as dt
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.company import FillDown
from tests.orchestration.landing.conftest import Place

QUALTRICS = (
    "StartDate,ResponseId,Q1\n"
    '"Start Date","Response ID","How likely are you\nto recommend us?"\n'
    '"{""ImportId"":""startDate""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}"\n'
    "2025-03-01 10:00:00,R_1,9\n"
)


def test_names_are_in_the_first_of_three_rows(place: Place) -> None:
    place.source(["*.csv"], header_rows=3, header_names="first")
    place.put("q.csv", QUALTRICS)
    assert place.land().counts.parsed == 1
    assert place.rows() == [("2025-03-01 10:00:00", "R_1", "9")]
    assert place.sql().count("ImportId") == 0


def test_names_are_joined_over_two_rows(place: Place) -> None:
    import duckdb

    place.source(["*.csv"], header_rows=2)
    place.put("s.csv", 'Id,"Which?",\n,Price,Place\n1,x,y\n')
    assert place.land().counts.parsed == 1
    found = duckdb.connect().execute(f"select * exclude (_received_at, _row) from ({place.sql()})")
    assert [c[0] for c in found.description][:3] == ["Id", "Which? - Price", "Which? - Place"]
    assert found.fetchall() == [("1", "x", "y", "s.csv", 3)]


def test_a_header_that_has_not_its_rows_is_refused(place: Place) -> None:
    place.source(["*.csv"], header_rows=3)
    place.put("s.csv", "a,b\n1,2\n")
    result = place.land()
    assert result.reason_code == "file.header_mismatch"
    assert "3 rows of `header_rows`" in str(result.message)


def test_totals_rows_are_no_data_whatever_their_fields(place: Place) -> None:
    place.source(["*.csv"], totals=["Summe", "Total"])
    place.put("s.csv", "id,name,sum\n1,Total Recall,2\n2,x,3\nSUMME:;5\n,total,5\nTotal,5\n")
    result = place.land()
    assert place.rows() == [("1", "Total Recall", "2"), ("2", "x", "3")]
    n = result.counts
    # 'SUMME:;5' is written with another delimiter than the file's
    assert (n.framed, n.parsed, n.quarantined, n.blank) == (5, 2, 0, 3)


def test_fields_of_the_first_line_go_down_within_their_order(place: Place) -> None:
    fill = FillDown(by=["Name"], columns=["Email", "Paid"])
    place.source(["*.csv"], fill_down=fill)
    place.put("a.csv", "Name,Email,Paid,Item\n#1,a@x.example,1.5,tea\n#1,,,cup\n#2,,,jug\n")
    place.put(
        "b.csv", "Name,Email,Paid,Item\n#2,b@x.example,2,pot\n#1,,,lid\n#2,c@x.example,,cap\n"
    )
    assert place.land().status == "loaded"
    assert place.rows() == [
        ("#1", "a@x.example", "1.5", "tea"),
        ("#1", "a@x.example", "1.5", "cup"),
        ("#2", None, None, "jug"),
        ("#2", "b@x.example", "2", "pot"),
        ("#1", None, None, "lid"),
        ("#2", "c@x.example", "2", "cap"),
    ]


def test_a_column_to_fill_must_be_there(place: Place) -> None:
    place.source(["*.csv"], fill_down=FillDown(by=["Name"], columns=["Mail"]))
    place.put("a.csv", "Name,Email\n1,2\n")
    assert place.land().reason_code == "schema.missing_required"


def test_a_column_keeps_its_name_whatever_files_call_it(place: Place) -> None:
    place.source(["*"], aliases={"email": ["E-Mail", "mail address"], "id": ["No"]})
    place.maps(order_id="id", ordered_at="when")
    place.put("a.csv", "id,when,email\n1,x,a\n")
    place.put("b.csv", "NO,when,Mail Address\n2,x,b\n")
    place.put(
        "c.jsonl", '{"id": 3, "when": "x", "email": "c"}\n{"No": 4, "when": "x", "E-Mail": "d"}\n'
    )
    result = place.land()
    assert result.status == "loaded", result.message
    assert place.rows() == [
        ("1", "x", "a"), ("2", "x", "b"), ("3", "x", "c"), ("4", "x", "d")
    ]  # fmt: skip


def test_a_frozen_source_takes_nothing_more_and_nothing_less(place: Place) -> None:
    place.source(["*.csv"], frozen=True)
    place.maps(order_id="id", ordered_at="when", status="state")
    place.put("a.csv", "id,when,state\n1,x,y\n")
    assert place.land().status == "loaded"
    place.put("b.csv", "id,when,state,ann@example.org\n1,x,y,z\n")
    result = place.land()
    assert (result.reason_code, result.n_refused) == ("schema.extra", 1)
    assert "1 of its 4 columns" in str(result.message)
    assert "ann@" not in str(result)
    place.put("b.csv", "id,when\n1,x\n")
    assert place.land().reason_code == "schema.missing_optional"
    place.source(["*.csv"])
    assert place.land().status == "loaded"


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("before", "now", "refused"),
    [
        ([1], ["a"], False),
        ([1], [2.5], False),
        ([True], ["a"], False),
        ([dt.date(2025, 1, 1)], ["x"], False),
        ([dt.date(2025, 1, 1)], [5], True),
        ([{"a": 1}], ["x"], True),
        ([[1]], [1], True),
        ([[1]], [{"a": 1}], True),
    ],
)
def test_a_type_that_cannot_stand_beside_the_one_before(
    place: Place, before: list[object], now: list[object], refused: bool
) -> None:
    place.put("a.parquet", parquet(id=[1], x=before))
    assert place.land().status == "loaded"
    place.put("b.parquet", parquet(id=[2], x=now))
    result = place.land()
    assert (result.reason_code == "schema.type_changed") == refused, result.message
    assert len(place.rows()) == (1 if refused else 2)
    assert len(list(place.home.rows_dir("s").glob("*.parquet"))) == (1 if refused else 2)
