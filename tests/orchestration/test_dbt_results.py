"""What is kept of dbt's events: counts, the first failure, and processes that never ran."""

from __future__ import annotations

from typing import Any

from orchestration.dbt_results import LONGEST, DbtResults


def event(name: str, node: str = "", **data: Any) -> dict[str, Any]:
    """An event as dbt prints it, with what is read of it."""
    return {"info": {"name": name}, "data": {**data, "node_info": {"unique_id": node}}}


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
    results.note(event("RunResultError", "model.wholeview.fct_order", msg="Binder\n  Error " * 99))
    results.note(event("RunResultError", "model.wholeview.fct_case", msg="too"))
    said = str(results.failure("core", None))
    assert said.startswith("dbt core: model fct_order: Binder Error Binder")
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
    assert DbtResults().failure("marts", RuntimeError("no\nprofile")) == (
        "dbt marts did not run: no profile"
    )
    assert DbtResults().failure("marts", None) is not None
