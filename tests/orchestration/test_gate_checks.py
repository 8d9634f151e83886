"""What a gate's check in the graph says of what it judged, and of what it did not."""

from __future__ import annotations

import dagster as dg

from orchestration.assets.checks import in_words, report
from quality.gates import CheckResult

KEYS = {"core.fct_order": dg.AssetKey("orders"), "core.fct_interaction": dg.AssetKey("contacts")}


def result(table: str, *, passed: bool = True, skipped: bool = False) -> CheckResult:
    return CheckResult(
        f"{table}.row_count", "core", table, None, "has rows", None if skipped else 3.0,
        "at least 1", 3, None, "stop", passed, skipped, f"{table}.row_count: 3",
    )  # fmt: skip


def test_a_gate_that_judged_nothing_does_not_say_that_it_passed() -> None:
    assert in_words([]) == "nothing to judge"
    assert in_words([result("t", skipped=True)] * 2) == "nothing to judge"
    assert in_words([result("t"), result("t", passed=False)]) == "1 of 2 passed"
    assert in_words([result("t"), result("t", skipped=True)]) == "1 of 1 passed, 1 skipped"


def test_a_table_of_an_unmapped_feed_says_that_nothing_was_judged() -> None:
    judged, skipped = report(
        KEYS, [result("core.fct_order"), result("core.fct_interaction", skipped=True)]
    )
    assert (judged.passed, judged.description) == (True, "1 of 1 passed")
    assert (skipped.passed, skipped.description) == (True, "nothing to judge")
    assert skipped.metadata["checked"].value == 0


def test_a_failed_gate_says_what_failed() -> None:
    (orders, _) = report(KEYS, [result("core.fct_order", passed=False)])
    assert (orders.passed, orders.description) == (False, "core.fct_order.row_count: 3")
    assert orders.severity is dg.AssetCheckSeverity.ERROR
