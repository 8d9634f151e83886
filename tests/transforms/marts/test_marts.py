"""The marts over core rows whose answers are known, through every model between.

Not here: single models (dbt's unit tests, which run in the same build), formulas (test_intervals).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.transforms.marts.conftest import Query
from tests.transforms.marts.small_company import random_answers

# fmt: off
CONTRACT = [
    "metric_name", "definition_version", "period_grain", "period_start_on", "slice_name",
    "slice_value", "value", "n_valid", "n_eff", "std_error", "ci_lower", "ci_upper",
    "ci_method", "is_suppressed", "is_comparable_to_previous", "unit", "data_through_at",
    "survey_id", "program_type", "slice2_name", "slice2_value",
]
# fmt: on


def one(query: Query, metric: str, where: str = "true", grain: str = "all") -> pd.Series:
    """The one row of mart_metric for everything, or for what `where` says."""
    everything = "" if "slice_name" in where else " and slice_name = 'all'"
    rows = query(
        f"select * from marts.mart_metric where metric_name = '{metric}'"
        f" and period_grain = '{grain}' and {where}{everything}"
    )
    assert len(rows) == 1, f"{metric}: {len(rows)} rows"
    return rows.iloc[0]


def test_columns_are_the_contracts_and_then_the_reason(query: Query) -> None:
    found = query("select * from marts.mart_metric limit 0").columns
    assert list(found) == [*CONTRACT, "null_reason"]


def test_nps_of_fifty_thirty_twenty(query: Query) -> None:
    row = one(query, "nps", "survey_id = 'vector'")
    assert (row.value, row.n_valid, row.n_eff, row.unit) == (30, 100, 100, "points")
    assert (row.std_error, row.ci_lower, row.ci_upper) == pytest.approx(
        (7.810, 14.05, 44.20), abs=0.005
    )
    wide = query(
        "select * from marts.mart_nps where survey_id = 'vector' and period_grain = 'month'"
        " and slice_name = 'all'"
    ).iloc[0]
    assert (wide.promoters, wide.passives, wide.detractors, wide.nps) == (50, 30, 20, 30)


def test_relationship_counts_the_latest_complete_answer_of_a_wave(query: Query) -> None:
    row = one(query, "nps", "survey_id = 'wave'")
    assert (row.value, row.n_valid, row.program_type) == (100, 12, "relationship")


def test_csat_is_no_nps_and_scales_are_not_pooled(query: Query) -> None:
    surveys = query("select distinct survey_id from marts.mart_metric where metric_name = 'nps'")
    assert set(surveys.survey_id) == {"vector", "wave", "tiny", "random", "vendor"}
    stars = one(query, "csat_top2", "survey_id = 'stars'")
    assert (stars.value, stars.definition_version) == (80, "1-scale-1-5")
    assert (stars.ci_lower, stars.ci_upper) == pytest.approx((71.1, 86.7), abs=0.05)
    faces = one(query, "csat_top2", "survey_id = 'faces'")
    assert (faces.value, faces.definition_version) == (25, "1-scale-1-3")
    assert one(query, "csat_mean", "survey_id = 'stars'").value == pytest.approx(3.4)
    assert one(query, "csat_index", "survey_id = 'stars'").value == pytest.approx(60)
    assert one(query, "ces_pct_agree").value == 75
    assert one(query, "ces_mean").value == 5.5


def test_small_cells_are_marked_by_month_and_not_written_by_day_or_week(query: Query) -> None:
    tiny = query("select * from marts.mart_metric where survey_id = 'tiny'")
    assert set(tiny.period_grain) == {"month", "quarter", "year", "all"}
    assert tiny.value.isna().all()
    assert tiny.ci_lower.isna().all()
    assert tiny.is_suppressed.all()
    assert set(tiny.n_valid) == {9}
    assert set(tiny.null_reason) == {"suppressed"}
    late = one(query, "csat_mean", "slice_name = 'delivery' and slice_value = 'late'")
    assert (late.value, late.n_valid) == (pytest.approx((20 * 4 + 12) / 32), 32)
    unknown = one(query, "csat_mean", "slice_name = 'delivery' and slice_value = 'no_date'")
    assert (unknown.n_valid, unknown.is_suppressed) == (8, True)


def test_service(query: Query) -> None:
    fcr = one(query, "fcr_7d_rate")
    assert (fcr.value, fcr.n_valid) == (pytest.approx(0.70), 400)
    assert one(query, "aht_seconds").value == pytest.approx(360)
    assert one(query, "aht_median_seconds").value == pytest.approx(360)
    assert one(query, "aht_p90_seconds").value == 420
    assert one(query, "abandonment_rate").value == pytest.approx(80 / 600)
    level = one(query, "service_level_rate")
    assert (level.value, level.definition_version) == (pytest.approx(286 / 600), "1-20s")
    assert one(query, "transfer_rate").value == pytest.approx(40 / 520)
    contacts = one(query, "contact_rate")
    assert (contacts.value, contacts.n_valid) == (pytest.approx(600 / 50), 50)


def test_times_of_cases_keep_the_unanswered(query: Query) -> None:
    first = one(query, "first_response_seconds")
    assert (first.value, first.n_valid) == (390, 12)  # between the sixth and seventh of twelve
    ninth = one(query, "first_response_p90_seconds")
    assert (ninth.null_reason, np.isnan(ninth.value)) == ("censored", True)
    assert one(query, "resolution_seconds").value == 3600
    reopened = one(query, "reopen_rate")
    assert (reopened.value, reopened.n_valid) == (pytest.approx(0.2), 10)


def test_contractual_retention_is_e_minus_n_over_s(query: Query) -> None:
    january = one(query, "retention_rate", "period_start_on = date '2024-01-01'", grain="month")
    assert (january.value, january.n_valid) == (pytest.approx(0.85), 100)
    assert january.definition_version == "1-contractual"
    churn = one(query, "churn_rate", "period_start_on = date '2024-01-01'", grain="month")
    assert churn.value == pytest.approx(0.15)
    for name in ("gross_revenue_retention_rate", "net_revenue_retention_rate"):
        row = one(query, name, "period_start_on = date '2024-01-01'", grain="month")
        assert row.value == pytest.approx(0.85)
    pooled = one(query, "retention_rate")
    assert (pooled.n_valid, pooled.value) == (100 + 11 * 95, pytest.approx(1 - 15 / 1145))
    assert pooled.n_eff < pooled.n_valid


def test_repeat_rate_leaves_cancelled_orders_out(query: Query) -> None:
    repeat = one(query, "repeat_rate")
    assert (repeat.value, repeat.n_valid) == (pytest.approx(9 / 40), 40)


def test_rfm_scores_are_fifths_and_unconverted_money_is_unknown(query: Query) -> None:
    rows = query("select * from marts.mart_rfm").set_index("customer_id")
    assert len(rows) == 40
    assert rows.r_score.value_counts().tolist() == [8] * 5
    assert rows.f_score.value_counts().tolist() == [8] * 5
    assert (rows.loc["b0", "frequency"], rows.loc["b0", "recency_days"]) == (2, 241)
    assert float(rows.loc["b0", "monetary_amount"]) == 10 + 50
    assert (rows.loc["b7", "frequency"], float(rows.loc["b7", "monetary_amount"])) == (1, 57)
    assert rows.loc["b8", ["monetary_amount", "m_score"]].isna().all()


def test_response_rate_is_rr1(query: Query) -> None:
    rate = one(query, "response_rate", "survey_id = 'vector'")
    assert (rate.value, rate.n_valid, rate.survey_id) == (0.2, 100, "vector")
    assert one(query, "completion_rate", "survey_id = 'vector'").value == pytest.approx(0.8)


def test_employees_are_not_found_by_subtraction(query: Query) -> None:
    rows = query("select * from marts.mart_enps where period_grain = 'quarter'").set_index(
        "team", drop=False
    )
    shown = rows[~rows.is_suppressed]
    assert set(shown.team.dropna()) == {"north"}  # west has 3, and south with it
    assert rows.loc[["south", "west"], ["n_responses", "enps", "promoters"]].isna().all(axis=None)
    assert rows[rows.team.isna()].n_responses.tolist() == [23]
    hidden = query("select * from marts.mart_metric where metric_name = 'enps' and is_suppressed")
    assert set(hidden.slice_value) == {"south", "west"}
    assert set(hidden.n_valid) == {0}
    assert hidden.value.isna().all()
    assert set(query("select distinct period_grain as g from marts.mart_enps").g) == {
        "quarter",
        "all",
    }


def expected_nps(answers: pd.DataFrame) -> tuple[float, int, float]:
    """Value, n and effective n by a second way: pandas, customer by customer."""
    y = np.select([answers.score >= 9, answers.score <= 6], [1.0, -1.0], 0.0)
    n, mean = len(y), y.mean()
    residual = pd.Series(y - mean).groupby(answers.customer_id.to_numpy()).sum().to_numpy()
    sizes = answers.groupby("customer_id").size().to_numpy()
    clusters = len(sizes)
    if clusters == n:
        return 100 * mean, n, float(n)
    clustered = clusters / max(clusters - 1, 1) * (residual**2).sum()
    simple = n / (n - 1) * ((y - mean) ** 2).sum()
    if clusters < 2:
        return 100 * mean, n, 1.0
    if clustered / n**2 <= 1e-15 or simple / n**2 <= 1e-15:
        return 100 * mean, n, max(1.0, n**2 / (sizes**2).sum())
    return 100 * mean, n, min(float(n), max(1.0, n * simple / clustered))


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year", "all"])
def test_every_cell_agrees_with_pandas(query: Query, grain: str) -> None:
    answers = random_answers()
    period = {"week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y", "day": "D"}.get(grain)
    answers["start"] = (
        answers.on_date.dt.to_period(period).dt.start_time if period else pd.Timestamp(0)
    )
    cuts = {("all",): [], ("channel",): ["channel"], ("region",): ["region"]}
    if grain != "day":
        cuts[("channel", "region")] = ["channel", "region"]
    expected = {}
    for names, columns in cuts.items():
        for key, cell in answers.groupby(["start", *columns]):
            values = key[1:] or ("all",)
            expected[(names, key[0], *values)] = expected_nps(cell)
    shown = {key: cell for key, cell in expected.items() if cell[1] >= 10}
    found = query(
        "select * from marts.mart_metric where survey_id = 'random' and metric_name = 'nps'"
        f" and period_grain = '{grain}' and value is not null"
    )
    assert len(found) == len(shown) > 0
    for row in found.itertuples():
        names = tuple(name for name in (row.slice_name, row.slice2_name) if isinstance(name, str))
        values = [value for value in (row.slice_value, row.slice2_value) if isinstance(value, str)]
        start = pd.Timestamp(0) if grain == "all" else pd.Timestamp(row.period_start_on)
        value, n, n_eff = shown[(names, start, *values)]
        assert (row.n_valid, row.value, row.n_eff) == (
            n,
            pytest.approx(value),
            pytest.approx(n_eff, rel=1e-6),
        )
        assert row.ci_lower <= row.value <= row.ci_upper


def test_periods_compare_with_the_one_before(query: Query) -> None:
    months = query(
        "select period_start_on, is_comparable_to_previous as comparable from marts.mart_metric"
        " where survey_id = 'random' and period_grain = 'month' and slice_name = 'all'"
        " and metric_name = 'nps' order by period_start_on"
    )
    assert months.comparable.tolist() == [False] + [True] * (len(months) - 1)


def test_every_number_has_its_definition(query: Query) -> None:
    lost = query(
        "select distinct metric_name, definition_version from marts.mart_metric except"
        " select metric_name, definition_version from meta.metric_definition"
    )
    assert lost.empty
    names = query("select metric_name, is_in_use from meta.metric_definition")
    assert {"nps", "enps", "expectation_gap_o_minus_b", "contact_rate"} <= set(names.metric_name)
    assert not names.set_index("metric_name").loc["expectation_gap_o_minus_b", "is_in_use"]
