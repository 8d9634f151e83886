"""What was published is told from what has changed since, in the file or in the program."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.cli import main
from orchestration.content import content_hash
from orchestration.durable import sha256_of
from orchestration.home import Home
from orchestration.ledger import Ledger, Version
from orchestration.publish import point_current


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one version, and the ledger's word on it."""
    home = Home(tmp_path / "home")
    home.prepare()
    file = home.version_file("v000001")
    file.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(file))
    con.execute("create schema core; create table core.fct_order as select 1 as order_id")
    con.close()
    with Ledger(home.ledger) as ledger:
        ledger.add_version(
            Version("v000001", "b", date(2026, 3, 1), datetime(2026, 3, 2, tzinfo=UTC),
                    sha256_of(file), file.stat().st_size, content_hash(file), "f")
        )  # fmt: skip
    return home


def verify(home: Home, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(["verify", "--home", str(home.root)])
    return int(left.value.code or 0), capsys.readouterr().out


def test_a_version_as_it_was_published(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(home, capsys) == (0, "v000001  as published\n")


def test_a_changed_file_is_told(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    file = home.version_file("v000001")
    file.chmod(0o640)
    with file.open("ab") as out:
        out.write(b"\0")
    code, said = verify(home, capsys)
    assert code == 1
    assert "sha256 differs" in said


def test_another_program_s_content_hash_is_no_damage(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with Ledger(home.ledger) as ledger:
        (version,) = ledger.versions()
        ledger.add_version(replace(version, content_sha256="0" * 64))
    code, said = verify(home, capsys)
    assert code == 0
    assert "by a program that hashed content otherwise" in said


def test_a_version_that_serves_and_is_gone_is_told(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    point_current(home.published, "v000001")
    home.version_file("v000001").unlink()
    code, said = verify(home, capsys)
    assert code == 1
    assert "its file is gone" in said


def test_an_old_version_that_was_removed_is_no_damage(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.version_file("v000001").unlink()
    assert verify(home, capsys) == (0, "")
