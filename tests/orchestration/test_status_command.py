"""What `wholeview status` says of a run that did not end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from click.testing import CliRunner

from orchestration.cli.status import status
from orchestration.home import Home
from orchestration.ledger import Ledger
from orchestration.ledger_records import Run


def told(home: Home) -> str:
    return CliRunner().invoke(status, ["--home", str(home.root)]).output


def test_a_run_is_running_while_its_writer_lives(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    with home.lock():
        with Ledger(home.ledger) as ledger:
            ledger.put_run(Run("0123456789", date(2026, 3, 1), datetime(2026, 3, 2, tzinfo=UTC)))
        assert "Last run 01234567: running, as of 2026-03-01" in told(home)
    assert "Last run 01234567: killed (the next 'wholeview run' keeps the feeds" in told(home)


def test_looking_takes_no_lock(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    assert not home.is_locked()
    with home.lock():
        assert home.is_locked()
    assert not home.is_locked()
    with home.lock():
        pass
