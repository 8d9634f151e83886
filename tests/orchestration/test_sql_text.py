"""Text of SQL: what is quoted comes out as it went in, and messages say nothing of the data."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.sql_text import literal, name, one_path, safe_message


@pytest.mark.parametrize("text", ["plain", "o'brien", 'say "x"', "ünï'); drop table t; --", ""])
def test_names_and_values_come_out_as_they_went_in(text: str) -> None:
    assert duckdb.execute(f"select {literal(text)}").fetchone() == (text,)
    if text:
        described = duckdb.execute(f"select 1 as {name(text)}").description
        assert described[0][0] == text


def test_a_path_is_one_file(tmp_path: Path) -> None:
    for folder in ("a", "[a]", "o'brien", "a*"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "x.parquet"
        duckdb.sql(f"select {literal(folder)} as folder").write_parquet(str(file))
    for folder in ("[a]", "o'brien", "a*"):
        read = f"select folder from read_parquet({one_path(tmp_path / folder / 'x.parquet')})"
        assert duckdb.execute(read).fetchall() == [(folder,)]


def test_a_message_holds_no_value() -> None:
    with pytest.raises(duckdb.Error) as raised:
        duckdb.execute("select cast('jane.doe@mail.test' as integer)").fetchall()
    assert "jane" in str(raised.value)
    assert "jane" not in safe_message(raised.value)
    assert "Conversion Error" in safe_message(raised.value)


def test_a_message_about_the_statement_is_whole() -> None:
    with pytest.raises(duckdb.Error) as raised:
        duckdb.execute("select nothing_like_it from (select 1 as a)")
    assert "nothing_like_it" in safe_message(raised.value)


@pytest.mark.parametrize(
    ("statement", "meant"),
    [("select nope from (select 1 as noper)", '"noper"'), ("select length_of(1)", "Did you mean")],
)
def test_a_message_about_the_statement_says_what_was_perhaps_meant(
    statement: str, meant: str
) -> None:
    with pytest.raises(duckdb.Error) as raised:
        duckdb.execute(statement)
    message = safe_message(raised.value)
    assert meant in message
    assert "\n" not in message and "LINE 1" not in message
