"""The command that queries: every row to a pipe, what was meant beside what was wrong."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from orchestration.cli import main
from orchestration.home import Home
from orchestration.ledger import Ledger


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A home with a published file of one table of 500 rows and a wide name."""
    home = Home(tmp_path / "home")
    home.prepare()
    Ledger(home.ledger).close()
    home.current.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(home.current))
    con.execute(
        "create table mart as select i as number, repeat('w', 300) as wide from range(500) r(i)"
    )
    con.close()
    return home.root


def run(
    root: Path, sql: str, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["query", sql, "--home", str(root), *options])
    captured = capsys.readouterr()
    return int(left.value.code or 0), captured.out, captured.err


def test_a_pipe_gets_every_row_and_column(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(root, "from mart", capsys)
    assert code == 0
    assert out.count("w" * 300) == 500


def test_a_wrong_name_comes_with_what_was_meant(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(root, "select nummber from mart", capsys)
    assert code == 2
    assert 'Candidate bindings: "number"' in err
    assert "LINE 1" not in err and "Traceback" not in err


def test_json_has_numbers_where_a_double_holds_them(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = (
        "select 12.5000::decimal(18,4) as money, 0.1::decimal(18,4) as tenth, 7 as n,"
        " 99999999999999.9999::decimal(18,4) as wide, 'nan'::double as nothing,"
        " [1.25::decimal(4,2)] as list, null as empty, date '2024-03-01' as day"
    )
    code, out, _ = run(root, sql, capsys, "--format", "json")
    assert code == 0
    assert json.loads(out) == [
        {"money": 12.5, "tenth": 0.1, "n": 7, "wide": "99999999999999.9999", "nothing": None,
         "list": [1.25], "empty": None, "day": "2024-03-01"}
    ]  # fmt: skip


def test_nothing_is_written_and_no_other_file_is_read(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "create table t (i int)", capsys)[0] == 2
    assert run(root, f"from read_text('{root}/format_version')", capsys)[0] == 2
