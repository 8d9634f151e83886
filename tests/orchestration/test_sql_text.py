"""Text of SQL: what is quoted comes out as it went in."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.sql_text import literal, name, one_path


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
