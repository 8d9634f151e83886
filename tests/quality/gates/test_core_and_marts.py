"""Core, marts and scores: a healthy build passes whole, and every planted fault meets its gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from quality.gates import CheckResult, check_core, check_marts, check_scores
from quality.gates.runner import open_runner
from quality.gates.suites import GateConfigError, load_suites
from tests.quality.gates.conftest import create_tables

MAPPED = {"customer_records", "orders", "transactions", "survey_responses"}


def failed(results: list[CheckResult]) -> set[str]:
    return {result.gate for result in results if not result.passed}


def judge(warehouse: Path, table: str) -> list[CheckResult]:
    layer = "marts" if table.startswith("marts") else "core"
    (suite,) = [suite for suite in load_suites(layer) if suite.table == table]
    with open_runner(str(warehouse)) as runner:
        return runner.run(suite, table)


def test_a_healthy_core_passes(warehouse: Path) -> None:
    results = check_core(warehouse, mapped_feeds=MAPPED)
    assert not failed(results), [r.message for r in results if not r.passed]
    assert {r.table_name for r in results if r.is_skipped} >= {"core.fct_interaction"}
    counted = [r for r in results if r.gate == "core.fct_order.row_count"]
    assert (counted[0].observed, counted[0].n_rows, counted[0].limit) == (2, 2, "at least 1")


def test_every_gate_fits_the_tables_that_dbt_declares(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "empty.duckdb"
    with duckdb.connect(str(path)) as con:
        create_tables(con, manifest)
    with open_runner(str(path)) as runner:
        for suite in (*load_suites("core"), *load_suites("marts")):
            for result in runner.run(suite.with_rows(0), suite.table):
                assert "could not be judged" not in result.message


def test_healthy_marts_pass(warehouse: Path) -> None:
    results = check_marts(warehouse, mapped_feeds=MAPPED)
    assert not failed(results), [r.message for r in results if not r.passed]


CORE_FAULTS = [
    ("update keyed.identity_map set identity_key = 'x'", "keyed.identity_map.unique_identity_key"),
    ("delete from keyed.golden_customer", "keyed.golden_customer.row_count"),
    ("delete from keyed.golden_customer", "keyed.golden_customer.unique_customer_id"),
    (
        "delete from keyed.golden_customer where customer_id = 'c1'",
        "keyed.golden_customer.as_many_as_mapped",
    ),
    (
        "delete from keyed.golden_customer where customer_id = 'c1'",
        "core.fct_order.known_customer_id",
    ),
    (
        "update core.bridge_identity set identifier_hash = 'someone@example.com'",
        "core.bridge_identity.hidden_identifiers",
    ),
    (
        "update core.bridge_identity set source_customer_id = 'k1'",
        "core.bridge_identity.one_customer_a_source_id",
    ),
    ("insert into core.fct_order select * from core.fct_order", "core.fct_order.unique_order_key"),
    ("update core.fct_order set ordered_on = null", "core.fct_order.not_null_ordered_on"),
    ("update core.fct_order set n_lines = -1", "core.fct_order.range_n_lines"),
    ("update core.fct_order set delivery_status = 'soon'", "core.fct_order.values_delivery_status"),
    (
        "update core.fct_order set net_revenue_amount = 5 where is_cancelled",
        "core.fct_order.cancelled_without_revenue",
    ),
    (
        "update core.fct_order set delivered_on = '2024-03-04'",
        "core.fct_order.late_is_after_promise",
    ),
    (
        "update core.fct_order set net_revenue_amount = 10.0001 where order_key = 'o1'",
        "core.fct_order.revenue_of_lines",
    ),
    (
        "update core.fct_transaction set order_key = 'gone'",
        "core.fct_transaction.known_order_key",
    ),
    (
        "update core.fct_transaction set line_type = 'refund'",
        "core.fct_transaction.refunds_are_negative",
    ),
    (
        "update core.fct_transaction set amount_reporting = null",
        "core.fct_transaction.converted",
    ),
    (
        "update core.fct_survey_response set score = 11",
        "core.fct_survey_response.valid_is_on_scale",
    ),
    (
        "update core.fct_survey_response set score = 9.5",
        "core.fct_survey_response.nps_is_whole_0_to_10",
    ),
    (
        "update core.fct_survey_response set metric_type = 'stars'",
        "core.fct_survey_response.values_metric_type",
    ),
    (
        "insert into core.dim_product (product_id) values ('p1');"
        " update core.fct_transaction set product_id = 'gone'",
        "core.fct_transaction.known_product_id",
    ),
    (
        "insert into core.dim_store (store_id) values ('s1');"
        " update core.fct_order set store_id = 'gone'",
        "core.fct_order.known_store_id",
    ),
    ("alter table core.dim_date rename date_on to day_on", "core.dim_date.unique_date_on"),
]

MART_FAULTS = [
    ("insert into marts.mart_metric select * from marts.mart_metric", "mart_metric.unique_row"),
    ("update marts.mart_metric set value = 1.5", "mart_metric.rates_0_to_1"),
    ("update marts.mart_metric set value = 150", "mart_metric.points_in_range"),
    ("update marts.mart_metric set ci_upper = -60", "mart_metric.interval_in_order"),
    ("update marts.mart_metric set value = 0.95", "mart_metric.interval_contains_value"),
    ("update marts.mart_metric set value = 1", "mart_metric.suppressed_is_empty"),
    ("update marts.mart_metric set null_reason = null", "mart_metric.empty_has_reason"),
    (
        "update marts.mart_metric set value = 0.3 where metric_name = 'churn_rate'",
        "mart_metric.retention_and_churn",
    ),
    (
        "update marts.mart_metric set n_valid = 1 where period_grain = 'month'",
        "mart_metric.months_make_all",
    ),
    (
        "update marts.mart_metric set metric_name = 'aht_seconds', value = -1",
        "mart_metric.no_negative_seconds",
    ),
    ("update marts.mart_nps set promoters = 2", "mart_nps.groups_make_answers"),
    ("update marts.mart_nps set nps = 50", "mart_nps.nps_of_groups"),
    ("update marts.mart_nps set nps = 60", "mart_nps.interval_contains_value"),
    ("update marts.mart_nps set n_valid = 3", "mart_nps.no_answer_twice"),
    ("update marts.mart_retention set churn_rate = 2", "mart_retention.range_churn_rate"),
    ("delete from marts.mart_retention", "mart_retention.row_count"),
    (
        "update marts.mart_identity_quality set value = 0.92, ci_lower = 0.9, ci_upper = 0.94"
        " where n = 500",
        "mart_identity_quality.benchmark_precision",
    ),
    (
        "update marts.mart_identity_quality set value = 0.94, ci_lower = 0.9 where n = 500",
        "mart_identity_quality.benchmark_precision_value",
    ),
    (
        "update marts.mart_identity_quality set ci_upper = 0.98",
        "mart_identity_quality.interval_contains_value",
    ),
    (
        "insert into marts.mart_reconciliation select * from marts.mart_reconciliation",
        "mart_reconciliation.unique_row",
    ),
    (
        "update marts.mart_reconciliation set from_tests = 0.75",
        "mart_reconciliation.parts_make_difference",
    ),
    (
        "update marts.mart_reconciliation set unexplained = 0.75, from_tests = 0",
        "mart_reconciliation.explained",
    ),
    (
        "insert into marts.mart_enps (n_responses, enps, promoters, passives, detractors)"
        " values (3, 100, 3, 0, 0)",
        "mart_enps.not_of_few",
    ),
]


@pytest.mark.parametrize(
    ("fault", "gate"), CORE_FAULTS + [(f, f"marts.{g}") for f, g in MART_FAULTS]
)
def test_a_planted_fault_meets_its_gate(warehouse: Path, fault: str, gate: str) -> None:
    with duckdb.connect(str(warehouse)) as con:
        con.execute(fault)
    results = judge(warehouse, ".".join(gate.split(".")[:2]))
    assert gate in failed(results)
    (result,) = [result for result in results if result.gate == gate]
    assert gate in result.message
    # Only rows or a column that are gone keep a gate from its number.
    is_gone = (result.n_rows == 0 and "row_count" not in gate) or "alter" in fault
    assert ("could not be judged" in result.message) == is_gone
    assert "example.com" not in str(results), "a result holds a value"


def test_a_company_without_a_list_of_products_has_no_unknown_ones(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as con:
        con.execute("delete from core.dim_product")
        con.execute("update core.fct_transaction set product_id = 'gone'")
    known = [r for r in judge(warehouse, "core.fct_transaction") if "known_product_id" in r.gate]
    assert [(r.severity, r.passed) for r in known] == [("warn", True)]


def test_a_missing_table_fails_every_gate_of_its_suite(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as con:
        con.execute("drop table core.dim_date")
    results = check_core(warehouse, mapped_feeds=set())
    of_table = [result for result in results if result.table_name == "core.dim_date"]
    assert len(of_table) == 3
    assert all(not r.passed and "missing" in r.message for r in of_table)


def test_overrides_change_limits_and_severity(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as con:
        con.execute("delete from core.dim_date")
    overrides = {
        "core.dim_date.row_count": {"min": 0},
        "core.fct_order.known_customer_id": {"severity": "warn", "allow": 5},
    }
    results = check_core(warehouse, mapped_feeds=set(), overrides=overrides)
    assert not failed([r for r in results if r.table_name == "core.dim_date"])
    (changed,) = [r for r in results if r.gate == "core.fct_order.known_customer_id"]
    assert (changed.severity, changed.limit) == ("warn", "at most 5 failed")


@pytest.mark.parametrize("change", [{"limit": 3}, {"severity": "loud"}])
def test_an_override_that_no_gate_understands_is_an_error(
    warehouse: Path, change: dict[str, object]
) -> None:
    with pytest.raises(GateConfigError, match=r"core\.dim_date\.row_count"):
        check_core(warehouse, mapped_feeds=set(), overrides={"core.dim_date.row_count": change})


def test_healthy_scores_pass(scores: Path, warehouse: Path) -> None:
    results = check_scores(scores, warehouse=warehouse)
    assert not failed(results), [r.message for r in results if not r.passed]


@pytest.mark.parametrize(
    ("file", "column", "value", "gate"),
    [
        ("churn_score", "churn_probability", 1.2, "fct_churn_score.range_churn_probability"),
        (
            "churn_score",
            "churn_probability",
            float("inf"),
            "fct_churn_score.range_churn_probability",
        ),
        ("churn_score", "customer_id", "c1", "fct_churn_score.unique_customer_id_and_outcome"),
        ("churn_score", "customer_id", "c9", "fct_churn_score.known_customer_id"),
        ("churn_score", "decile", 0, "fct_churn_score.range_decile"),
        ("score_reason", "customer_id", "c9", "fct_score_reason.of_scored_customers"),
        ("score_reason", "direction", "up", "fct_score_reason.values_direction"),
        ("model_registry", "n_scored", 3, "fct_churn_score.scored_as_registered"),
        ("model_registry", "auc", 1.5, "ml_model_registry.range_auc"),
        ("model_registry", "n_test_positive", 99, "ml_model_registry.positives_within"),
    ],
)
def test_a_fault_in_scores_meets_its_gate(
    scores: Path, warehouse: Path, file: str, column: str, value: object, gate: str
) -> None:
    frame = pd.read_parquet(scores / f"{file}.parquet").assign(**{column: value})
    frame.to_parquet(scores / f"{file}.parquet", index=False)
    assert f"ml.{gate}" in failed(check_scores(scores, warehouse=warehouse))


def test_no_registry_is_a_failure(scores: Path, warehouse: Path) -> None:
    (scores / "model_registry.parquet").unlink()
    assert "ml.ml_model_registry.row_count" in failed(check_scores(scores, warehouse=warehouse))
