"""What is kept of dbt's events: counts, the first failure, and processes that never ran."""

from __future__ import annotations

from typing import Any

from orchestration.dbt_results import DbtResults, shown_line
from orchestration.safe_errors import LONGEST


def event(name: str, node: str = "", level: str = "info", **data: Any) -> dict[str, Any]:
    """An event as dbt prints it, with what is read of it."""
    info = {"name": name, "level": level, "msg": f"{name}: {data}"}
    return {"info": info, "data": {**data, "node_info": {"unique_id": node}}}


def test_a_run_that_went_well_has_no_failure() -> None:
    results = DbtResults()
    results.note(event("LogTestResult", "test.wholeview.unique_a.1", status="pass", num_failures=0))
    results.note(event("StatsLine", stats={"total": 7, "pass": 7}))
    assert results.n_nodes == 7
    assert results.failure("core", None) is None


def test_a_failed_test_says_how_many_rows() -> None:
    results = DbtResults()
    node = "test.wholeview.unique_a.1"
    results.note(event("LogTestResult", node, status="fail", num_failures=3))
    results.note(event("RunResultError", node, msg="Got 3 results, configured to fail if != 0"))
    results.note(event("StatsLine", stats={"total": 1}))
    said = results.failure("core", RuntimeError("exit 1"))
    assert said == "dbt core: test unique_a: 3 rows against 0 allowed"


def test_the_first_of_many_failures_is_named_and_kept_short() -> None:
    results = DbtResults()
    results.note(
        event("RunResultError", "model.wholeview.fct_order", msg="Binder Error: " + "so " * 999)
    )
    results.note(event("RunResultError", "model.wholeview.fct_case", msg="too"))
    said = str(results.failure("core", None))
    assert said.startswith("dbt core: model fct_order: Binder Error: so so")
    assert said.endswith("(and 1 more)")
    assert "\n" not in said
    assert len(said) < LONGEST + 60


def test_what_a_model_choked_on_is_not_told():
    results = DbtResults()
    said = (
        "Runtime Error in model fct_order\n  Conversion Error: Could not convert 'jo@x.test' to INT"
    )
    results.note(event("RunResultError", "model.wholeview.fct_order", msg=said))
    told = str(results.failure("core", None))
    assert "Conversion Error" in told
    assert "jo@x.test" not in told


def test_a_process_that_ended_without_results_did_not_run() -> None:
    no_reason = "dbt marts did not run: it gave no reason"
    assert DbtResults().failure("marts", RuntimeError("choked on jo@x.test")) == no_reason
    assert DbtResults().failure("marts", None) == no_reason
    results = DbtResults()
    said = "Compilation Error\n  Env var required but not provided: 'WHOLEVIEW_BUILD'"
    results.note(event("MainEncounteredError", level="error", exc=said))
    told = str(results.failure("marts", RuntimeError("exit 2")))
    assert told.startswith("dbt marts did not run: Compilation Error: Env var required")


def test_lines_that_name_nodes_are_shown_and_those_that_quote_data_are_not():
    assert shown_line(event("LogModelResult", description="core.fct_order")) is not None
    assert shown_line(event("RunResultError", level="error", msg="not 'jo@x.test'")) is None
    assert shown_line(event("JinjaLogInfo", msg="jo@x.test")) is None
