"""The scorecard on small published tables and truths made by hand: misses are shown as such."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from bench.truth import SEEDS, card, effects, identity, metrics, scores, unmeasured
from examples.retailer.plan import DEFAULT_SEED


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as pub")
    for schema in ("pub.core", "pub.marts", "pub.ml", "pub.loop", "pub.meta", "truth", "later"):
        connection.execute(f"create schema {schema}")
    yield connection
    connection.close()


def by_what(rows: list[card.Row]) -> dict[str, card.Row]:
    return {row.what: row for row in rows}


def test_the_seeds_are_used_by_nothing_else() -> None:
    assert len(set(SEEDS)) == 3
    assert DEFAULT_SEED not in SEEDS


def test_identity_counts_pairs_of_published_records(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create table pub.core.bridge_identity as select * from (values"
        " ('crm', 'K1', 'a', 'source_customer_id'), ('shop', 'S1', 'a', 'source_customer_id'),"
        " ('crm', 'K2', 'a', 'source_customer_id'), ('shop', 'S2', 'b', 'source_customer_id'),"
        " (null, 'S2', 'b', 'email'))"
        " t(source_system, source_customer_id, customer_id, identifier_type)"
    )
    con.execute(
        "create table truth.person_source as select * from (values"
        " (1, 'crm', 'K1', 'x@a', '111'), (1, 'shop', 'S1', 'x@a', '111'),"
        " (2, 'crm', 'K2', 'y@a', null), (2, 'shop', 'S2', 'z@a', '222'))"
        " t(person, source_system, source_customer_id, email, phone_end)"
    )
    rows = by_what(identity.score(con, 1))
    assert rows["pairwise precision"].value == "0.3333"
    assert rows["pairwise precision"].is_met is False
    assert rows["pairwise precision"].naive == "1.0000"
    assert rows["pairwise recall"].value == "0.5000"
    hard = rows["recall of pairs without a shared key"]
    assert (hard.n, hard.value) == ("1 true pairs", "0.0000")


def metric_tables(con: duckdb.DuckDBPyConnection, process: float) -> None:
    con.execute(
        "create table pub.marts.mart_metric as select 'nps' as metric_name, 'rel' as survey_id,"
        " '1' as definition_version,"
        " 'month' as period_grain, date '2026-01-01' as period_start_on, 'all' as slice_name,"
        " 'all' as slice_value, null as slice2_name, 20.0 as value, 100 as n_valid, 90.0 as n_eff,"
        " 5.0 as std_error, 10.0 as ci_lower, 30.0 as ci_upper, false as is_suppressed"
    )
    con.execute("create table pub.meta.pub_snapshot as select date '2026-01-31' as as_of_on")
    con.execute(
        "create table truth.metric as select 'nps' as metric_name, 'rel' as survey_id,"
        " 10 as scale_max, 'month' as period_grain, m as period_start_on,"
        " 'all' as slice_name, 'all' as slice_value,"
        f" {process} as process_value, 5.0 as census_value, 100 as n_answered"
        " from (values (date '2026-01-01'), (date '2025-12-01')) t(m)"
    )


@pytest.mark.parametrize(("process", "is_met"), [(29.0, True), (31.0, False)])
def test_a_planted_value_outside_its_interval_is_a_miss(
    con: duckdb.DuckDBPyConnection, process: float, is_met: bool
) -> None:
    metric_tables(con, process)
    rows = by_what(metrics.score(con, 1))
    assert rows["every cell: process"].is_met is is_met
    assert rows["every cell: census"].value.startswith("0.0%")
    # The month that is planted and not published is counted.
    assert rows["planted cells with 30 answers that are not published"].value == "1"


def test_without_scores_the_card_says_why(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table pub.ml.fct_propensity_score (offer_id text)")
    con.execute(
        "create table pub.ml.ml_model_registry as"
        " select 'purchase' as outcome, 'not used: too few' as status_reason"
    )
    (row,) = scores.score_propensity(con, 1)
    assert row.is_met is False
    assert "too few" in row.value


def test_churn_is_matched_by_the_members_record(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create table pub.core.bridge_identity as select 'loyalty' as source_system,"
        " 'M' || i as source_customer_id, 'c' || i as customer_id,"
        " 'source_customer_id' as identifier_type from range(200) t(i)"
    )
    con.execute(
        "create table truth.person_source as select i as person, 'loyalty' as source_system,"
        " 'M' || i as source_customer_id from range(200) t(i)"
    )
    con.execute(
        "create table pub.ml.fct_churn_score as select 'c' || i as customer_id,"
        " date '2026-06-28' as as_of_on, i / 200.0 as churn_probability from range(200) t(i)"
    )
    con.execute(
        "create table pub.core.fct_order as select 'c0' as customer_id,"
        " date '2026-06-01' as ordered_on, false as is_cancelled"
    )
    con.execute(
        "create table later.latent as select i as person, date '2026-06-28' as as_of_on,"
        " true as is_member, i / 200.0 as churn_probability, i >= 150 as has_left,"
        " i >= 190 as has_given_notice from range(200) t(i)"
    )
    rows = by_what(scores.score_churn(con, 1))
    own = rows["churn: AUC, planted chance's own"]
    assert own.value.startswith("1.000, 1.000 (gap +0.000")
    assert own.is_met
    assert own.n == "200 customers, 50 with the outcome"
    assert rows["churn: calibration error"].is_met is False
    others = rows["churn, no notice given: AUC, planted chance's own"]
    assert (others.n, others.is_met) == ("190 customers, 40 with the outcome", None)


def answers(con: duckdb.DuckDBPyConnection) -> None:
    """Twenty answers a metric: half of them before the new year, better after it."""
    con.execute(
        "create table pub.core.fct_survey_response as select metric_type, 'DE' as country,"
        " date '2025-12-30' + d::int * 5 as responded_on, true as is_valid, 1 as scale_min,"
        " 5 as scale_max, case when metric_type = 'nps' then i else 2 + (d + i % 2) end as score,"
        " 'A' || i % 2 as agent_id, metric_type as question_id, 's' || d || i as submission_id"
        " from (values ('csat'), ('ces'), ('nps')) m(metric_type),"
        " (values (0), (1), (2)) t(d), range(10) r(i) where d < 2 or i % 2 = 1"
    )


@pytest.mark.parametrize(
    ("scope", "gap"), [("", "+66.67"), ("country=DE", "+66.67"), ("agent_id=A0", "+0.00")]
)
def test_effects_that_are_not_measured_are_neither_met_nor_missed(
    con: duckdb.DuckDBPyConnection, scope: str, gap: str
) -> None:
    answers(con)
    con.execute(
        "create table pub.loop.dim_cx_action as select 'A' as action_id,"
        f" 'csat_top2' as metric_name, '{scope}' as scope, date '2026-01-01' as started_on"
    )
    con.execute(
        "create table truth.effect as select 'A' as action_id, 'csat_top2' as metric_name,"
        " 1.5 as effect"
    )
    con.execute("create table truth.offer (effect double, is_control boolean)")
    (row,) = effects.score(con, 1)
    assert row.is_met is None
    assert (row.target, row.naive) == ("+1.50", gap)


def test_what_is_planted_and_not_published_stands_beside_the_naive_reading(
    con: duckdb.DuckDBPyConnection,
) -> None:
    answers(con)
    con.execute(
        "insert into pub.core.fct_survey_response by name select * replace"
        " ('attribute' as metric_type, 'service' as question_id, 10 - score as score)"
        " from pub.core.fct_survey_response where metric_type = 'nps'"
    )
    con.execute(
        "create table truth.driver as select * from (values ('service', 1.0, true),"
        " ('kindness', 2.0, false)) t(driver, weight, is_observed)"
    )
    con.execute("create table truth.agent (agent_id text, skill double, at_average_mix double)")
    con.execute(
        "create table truth.comment as select * from (values (0.9, false), (0.4, false),"
        " (-0.9, true), (0.9, false)) t(sentiment, is_ironic)"
    )
    con.execute(
        "create table truth.outreach as select i as person, i + 1 as rank, 10.0 - i as gain,"
        " date '2026-06-28' as as_of_on from range(10) t(i)"
    )
    con.execute(
        "create table pub.core.bridge_identity as select 'crm' as source_system,"
        " 'K' || i as source_customer_id, 'c' || i as customer_id,"
        " 'source_customer_id' as identifier_type from range(10) t(i)"
    )
    con.execute(
        "create table truth.person_source as select i as person, 'crm' as source_system,"
        " 'K' || i as source_customer_id from range(10) t(i)"
    )
    con.execute(
        "create table pub.ml.fct_churn_score as select 'c' || i as customer_id,"
        " i / 10.0 as churn_probability from range(10) t(i)"
    )
    rows = by_what(unmeasured.score(con, 1))
    assert all(row.is_met is None for row in rows.values())
    assert rows["drivers"].target == "service 1.00"
    assert rows["side of a comment"].naive == "75.0%"
    # The best two are worth 10 and 9; the two likeliest to leave, 2 and 1.
    assert (rows["gain of outreach"].target, rows["gain of outreach"].naive) == ("19", "3")


def test_the_page_lists_every_miss_on_top() -> None:
    rows = [
        card.Row("P", "good", 1, "9", "1", "≥ 1", True, "0"),
        card.Row("P", "bad", 2, "9", "0.5", "≥ 1", False, "0"),
        card.Row("Q", "open", 1, "9", "not measured yet", "", None, "0"),
    ]
    page = card.page(rows, "make truth", {"P": "Of P."}, "Lead.")
    assert "1 of 2 targets met." in page
    assert "- MISSED: P, bad, seed 2: 0.5" in page
    assert page.index("MISSED: P") < page.index("## P")
    assert "| open | 1 | 9 | not measured yet |  |  | 0 |" in page
    assert len(card.lines(rows)) == 3
