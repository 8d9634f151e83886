"""`wholeview gates`: what the last run's gates found, one with its past, and letting one pass."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestration.cli.gates import gates
from orchestration.cli.status import status
from orchestration.home import Home
from orchestration.last_results import keep_results
from orchestration.ledger import Ledger, Run, Waiver
from orchestration.waivers import waiver_of
from quality.gates import CheckResult, stopping

GATE = "feeds.transactions.lines.level_amount"
STOPPED = CheckResult(
    gate=GATE, layer="feeds", table_name="transactions", column_name="amount",
    expectation="mean of amount", observed=8.1, limit="3.2 to 3.9; stops outside 3 to 4.1",
    n_rows=400, n_failed=None, severity="stop", passed=False, is_skipped=False,
    message=f"{GATE}: source lines: 8.1 observed, 3.5 expected", expected=3.5, warn_lower=3.2,
    warn_upper=3.9, stop_lower=3.0, stop_upper=4.1, n_history=80, history="[3.4, null, 3.6]",
)  # fmt: skip
PASSED = dataclasses.replace(STOPPED, gate="core.fct_order.row_count", passed=True, history=None)
NIGHT = date(2025, 5, 1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home").prepare()
    with Ledger(made.ledger) as ledger:
        ledger.put_run(Run("r1", NIGHT, datetime(2025, 5, 2, tzinfo=UTC), "failed"))
    keep_results(made, [PASSED, STOPPED])
    return made


def call(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(gates, [*arguments, "--home", str(home.root)])


def test_what_failed_is_listed_first(home: Home) -> None:
    told = call(home, "list").output
    assert "2 gates: 1 failed, 0 not judged" in told
    assert f"STOPS   {STOPPED.message}" in told
    assert PASSED.gate not in told
    assert "passed" in call(home, "list", "--all").output


def test_a_gate_is_shown_with_its_past(home: Home) -> None:
    told = call(home, "show", GATE).output
    assert "3.4  -  3.6" in told
    assert "stops outside 3 to 4.1" in told
    assert "did you mean" in call(home, "show", f"{GATE}s").output


def test_a_waiver_is_kept_with_who_and_why_and_shown(home: Home) -> None:
    done = call(home, "waive", GATE, "--night", "2025-05-01", "--by", "Ada", "--why", "price rise")
    assert done.exit_code == 0, done.output
    with Ledger(home.ledger) as ledger:
        (waiver,) = ledger.waivers()
    assert (waiver.gate, waiver.night_on, waiver.until_on) == (GATE, NIGHT, NIGHT)
    assert (waiver.waived_by, waiver.why) == ("Ada", "price rise")
    assert "by Ada: price rise" in call(home, "list").output
    told = CliRunner().invoke(status, ["--home", str(home.root)]).output
    assert f"waived: {GATE}, 2025-05-01, by Ada: price rise" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no.such.gate", "--night", "2025-05-01", "--by", "A", "--why", "b"], "no gate is called"),
        ([GATE, "--night", "2025-05-02", "--until", "2025-05-01", "--by", "A", "--why", "b"],
         "is before"),
        ([GATE, "--night", "2025-05-01", "--by", " ", "--why", "b"], "need a text"),
        ([GATE, "--night", "2025-05-01", "--by", "A"], "--why"),
    ],
)  # fmt: skip
def test_a_wrong_waiver_is_refused(home: Home, arguments: list[str], said: str) -> None:
    refused = call(home, "waive", *arguments)
    assert refused.exit_code == 2
    assert said in refused.output
    with Ledger(home.ledger) as ledger:
        assert ledger.waivers() == []


def test_a_waiver_holds_for_its_gate_and_nights_only() -> None:
    kept = Waiver(GATE, NIGHT, date(2025, 5, 3), "Ada", "sale", datetime(2025, 5, 2, tzinfo=UTC))
    assert waiver_of([kept], GATE, date(2025, 5, 3)) == kept
    assert waiver_of([kept], GATE, date(2025, 5, 4)) is None
    assert waiver_of([kept], GATE, date(2025, 4, 30)) is None
    assert waiver_of([kept], "core.fct_order.row_count", NIGHT) is None


def test_a_waived_result_stops_nothing_and_keeps_its_number() -> None:
    waived = dataclasses.replace(STOPPED, is_waived=True)
    assert stopping([STOPPED, waived]) == [STOPPED]
    assert (waived.observed, waived.passed) == (8.1, False)
