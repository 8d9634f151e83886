"""Features at a cut-off: right by hand, and unchanged by all that came, or was learnt, later."""

from __future__ import annotations

import copy
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from models.scoring.night import train_and_score
from models.scoring.outputs import SCHEMAS
from models.scoring.words import CUSTOMER_FEATURES
from tests.transforms.build_fixture import SmallCompany
from tests.transforms.features.company import AS_OF, CUTOFF, EARLY, SHARED, make_company

OPTIONS = {"churn_kind": "non_contractual", "churn_horizon_days": 45}


def build(company: SmallCompany, *cutoffs: str, **options: Any) -> SmallCompany:
    company.build(select=["+path:models/features"], cutoffs=list(cutoffs), **(OPTIONS | options))
    return company


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    company = make_company(tmp_path_factory.mktemp("whole"), whole=True)
    return build(company, EARLY, CUTOFF, AS_OF)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    return build(make_company(tmp_path_factory.mktemp("cut"), whole=False), EARLY, CUTOFF)


def rows(company: SmallCompany, table: str, where: str = "true") -> list[dict[str, Any]]:
    sql = f"select * from features.{table} where {where} order by all"
    return company.query(sql, "work")


def one(company: SmallCompany, person: str, cutoff: str) -> dict[str, Any]:
    where = f"customer_id = 'cust-{person}' and as_of_on = date '{cutoff}'"
    found = rows(company, "ftr_customer_asof", where)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    "table",
    ["ftr_customer_asof", "ftr_customer_category_asof", "ftr_customer_category_view_asof"],
)
def test_nothing_later_changes_a_cutoff(whole: SmallCompany, cut: SmallCompany, table: str) -> None:
    # Nobody is learnt from of whom nothing is left by now.
    past = f"as_of_on <= date '{CUTOFF}' and customer_id <> 'cust-dora@work.example'"
    assert len(rows(cut, table, past)) >= 4
    assert rows(whole, table, past) == rows(cut, table, past)


def test_two_who_are_found_to_be_one_were_two(whole: SmallCompany) -> None:
    bea, ben = one(whole, "bea@home.example", CUTOFF), one(whole, "ben", CUTOFF)
    assert (bea["o_n_orders"], ben["o_n_orders"]) == (1, 2)
    bought = rows(whole, "ftr_customer_category_asof", f"as_of_on = '{CUTOFF}'")
    assert {row["category"] for row in bought if "bea" in row["customer_id"]} == {"garden"}
    today = one(whole, "ben", AS_OF)
    assert (today["o_n_orders"], today["o_days_since_last_order"]) == (4, 35)
    # What becomes of the two is what became of the one: b10 is an order of hers within 45 days.
    labels = rows(whole, "ftr_churn_label", f"as_of_on = '{CUTOFF}' and not is_churned")
    assert {"cust-ben", "cust-bea@home.example"} <= {row["customer_id"] for row in labels}
    scored = rows(whole, "ftr_customer_asof", f"as_of_on = '{AS_OF}'")
    assert {row["customer_id"] for row in scored} == {"cust-ana", "cust-ben", "cust-eve"}


def test_who_turns_out_to_be_nobody_was_somebody_and_is_not_learnt_from(
    whole: SmallCompany, cut: SmallCompany
) -> None:
    dora = f"customer_id = 'cust-dora@work.example' and as_of_on = '{CUTOFF}'"
    assert len(rows(cut, "ftr_customer_asof", dora)) == 1
    assert not rows(whole, "ftr_customer_asof", dora)
    held = {
        row["until_on"]: row["customer_id"]
        for row in rows(whole, "int_known_key", f"identity_key = '{SHARED}'")
    }
    assert held == {dt.date(2024, 3, 4): "cust-dora@work.example"}


def test_the_main_categories_are_those_of_the_first_cutoff(
    whole: SmallCompany, cut: SmallCompany
) -> None:
    assert rows(whole, "ftr_main_category") == rows(cut, "ftr_main_category")
    names = [row["category"] for row in rows(cut, "ftr_main_category")]
    assert sorted(names) == ["coffee", "garden", "toys"]


def test_orders_money_and_deliveries_by_hand(whole: SmallCompany) -> None:
    early, ana = one(whole, "ana", EARLY), one(whole, "ana", CUTOFF)
    assert (early["o_n_orders_30d"], early["o_n_orders_90d"]) == (1, 2)
    assert early["o_days_since_last_order"] == 10
    assert early["o_mean_days_between_orders"] == 40 and early["o_recency_ratio"] == 0.25
    # 30 of which 10 off the price, 12.50, and 5 refunded.
    assert early["o_revenue_365d"] == 37.5 and early["o_refund_share_365d"] == 5 / 42.5
    assert early["o_discount_share_365d"] == 10 / 52.5
    assert (early["x_n_late_deliveries_365d"], early["x_n_overdue_orders"]) == (0, 1)
    assert (ana["x_n_late_deliveries_365d"], ana["x_n_overdue_orders"]) == (1, 0)
    assert ana["x_last_delivery_days_late"] == 10 and ana["x_late_share_365d"] == 0.5
    assert ana["o_main_category"] == "coffee" and ana["o_n_categories_365d"] == 2


def test_a_cancellation_counts_from_its_day(whole: SmallCompany) -> None:
    assert one(whole, "ben", CUTOFF)["o_n_orders_365d"] == 2
    assert one(whole, "cyd", EARLY)["o_n_orders_365d"] == 1
    where = f"customer_id = 'cust-cyd' and as_of_on = date '{CUTOFF}'"
    assert not rows(whole, "ftr_customer_asof", where)
    # b1 and the late b3, b9 and b10 since the merge is known; b2 is cancelled by now.
    assert one(whole, "ben", AS_OF)["o_n_orders_365d"] == 4


def test_what_is_known_later_counts_later(whole: SmallCompany) -> None:
    assert one(whole, "ben", CUTOFF)["o_days_since_last_order"] == 36
    assert one(whole, "ben", AS_OF)["o_days_since_last_order"] == 35
    ana = one(whole, "ana", CUTOFF)
    assert ana["x_last_ces_index"] is None and one(whole, "ana", AS_OF)["x_last_ces_index"] == 0


def test_experience_by_hand(whole: SmallCompany) -> None:
    early, ana, later = (one(whole, "ana", day) for day in (EARLY, CUTOFF, AS_OF))
    assert (early["x_n_open_cases"], ana["x_n_open_cases"], later["x_n_open_cases"]) == (1, 1, 0)
    assert (ana["x_n_contacts_30d"], ana["x_n_abandoned_contacts_90d"]) == (2, 1)
    assert ana["x_mean_wait_seconds_90d"] == 180 and ana["x_n_unresolved_90d"] == 1
    assert (ana["x_last_nps"], later["x_last_nps"]) == (9, 2)
    assert early["x_last_csat_index"] is None and ana["x_last_csat_index"] == 25
    assert (ana["x_answer_rate_365d"], later["x_answer_rate_365d"]) == (0.5, 1)
    assert (early["o_n_visit_days_30d"], early["o_n_cart_abandons_90d"]) == (1, 1)
    assert ana["o_n_visit_days_30d"] == 1


def test_mails_are_no_visits_and_are_read_or_not(whole: SmallCompany) -> None:
    early, ana, later = (one(whole, "ana", day) for day in (EARLY, CUTOFF, AS_OF))
    assert (early["o_n_mails_365d"], early["o_mail_rate_365d"]) == (1, 0)
    assert early["o_days_since_last_mail"] is None
    # Opened and clicked on one day: one mail read, and no visit of that day.
    assert (ana["o_n_mails_365d"], ana["o_n_mail_days_365d"]) == (2, 1)
    assert (ana["o_mail_rate_180d"], ana["o_days_since_last_mail"]) == (0.5, 5)
    assert ana["o_days_since_last_visit"] == 22
    assert later["o_mail_rate_365d"] == 1


def test_goods_looked_at_count_by_category_and_day(whole: SmallCompany) -> None:
    def looked(person: str, cutoff: str) -> dict[str, tuple[Any, ...]]:
        where = f"customer_id = 'cust-{person}' and as_of_on = date '{cutoff}'"
        names = ("n_view_days_90d", "n_view_days_365d", "days_since_last_view", "view_share_365d")
        found = rows(whole, "ftr_customer_category_view_asof", where)
        return {row["category"]: tuple(row[name] for name in names) for row in found}

    assert looked("ana", CUTOFF) == {"coffee": (1, 1, 22, 0.5), "toys": (1, 1, 22, 0.5)}
    assert looked("ana", AS_OF)["coffee"] == (2, 2, 29, pytest.approx(2 / 3))
    # A machine looks at nothing.
    assert looked("ben", CUTOFF) == {"coffee": (0, 1, 113, 1.0)}


def test_the_last_decision_on_renewal_and_on_mail_counts(whole: SmallCompany) -> None:
    names = ("o_n_renewals_off", "o_n_consents_withdrawn")
    days = [one(whole, "ana", day) for day in (EARLY, CUTOFF, AS_OF)]
    assert [tuple(day[name] for name in names) for day in days] == [(0, 0), (0, 1), (1, 1)]
    assert one(whole, "ben", CUTOFF)["o_n_renewals_off"] is None


def test_mean_scores_of_a_year(whole: SmallCompany) -> None:
    early, ana, later = (one(whole, "ana", day) for day in (EARLY, CUTOFF, AS_OF))
    assert early["x_mean_score_index_365d"] == early["x_mean_nps_index_365d"] == 90
    assert early["x_mean_csat_index_365d"] is None
    assert ana["x_mean_attribute_index_365d"] == 75
    assert ana["x_mean_score_index_365d"] == pytest.approx((90 + 25 + 75) / 3, abs=1e-3)
    assert later["x_mean_nps_index_365d"] == 55 and later["x_mean_ces_index_365d"] == 0


def test_loyalty_is_counted_from_the_first_plan(whole: SmallCompany) -> None:
    ana = one(whole, "ana", CUTOFF)
    assert ana["o_n_plans_held"] == 2
    assert ana["o_subscription_months"] * 30.4375 == pytest.approx(240)
    assert ana["o_months_since_first_subscription"] * 30.4375 == pytest.approx(355)


def test_a_day_ends_at_the_business_zones_midnight(whole: SmallCompany) -> None:
    ben = one(whole, "ben", CUTOFF)
    assert (ben["o_n_visit_days_30d"], ben["o_days_since_last_visit"]) == (1, 0)
    assert one(whole, "ben", AS_OF)["o_n_visit_days_90d"] == 2


def test_offers_withheld_are_no_offers(whole: SmallCompany) -> None:
    early, ben = one(whole, "ben", EARLY), one(whole, "ben", CUTOFF)
    assert ben["o_n_campaign_contacts_90d"] == 1
    assert early["o_campaign_response_rate_365d"] == 0
    assert ben["o_campaign_response_rate_365d"] == 1


def test_a_subscription_is_active_until_its_end_has_come(whole: SmallCompany) -> None:
    assert one(whole, "cyd", EARLY)["o_plan"] == "basic"
    ana = one(whole, "ana", CUTOFF)
    assert (ana["o_plan"], ana["o_has_subscription"]) == ("plus", 1)
    assert ana["o_days_to_anniversary"] == 365 - 240
    assert one(whole, "ana", AS_OF)["o_has_subscription"] == 0


def test_churn_labels(whole: SmallCompany) -> None:
    labels = {
        (row["customer_id"], row["as_of_on"]): row["is_churned"]
        for row in rows(whole, "ftr_churn_label")
    }
    early, cutoff, as_of = (dt.date.fromisoformat(day) for day in (EARLY, CUTOFF, AS_OF))
    assert labels[("cust-ana", early)] is False
    # b2 was cancelled, the later b3 and b9 are within 45 days of the cut-off.
    assert labels[("cust-ben", early)] is False
    assert labels[("cust-ana", cutoff)] is False
    assert labels[("cust-ben", cutoff)] is False
    assert labels[("cust-eve", cutoff)] is True
    assert labels[("cust-ana", as_of)] is None
    assert ("cust-cyd", early) not in labels


def test_purchase_labels_have_a_row_for_who_bought(whole: SmallCompany) -> None:
    found = {
        (row["customer_id"], str(row["as_of_on"]), row["category"])
        for row in rows(whole, "ftr_purchase_label")
    }
    assert found == {
        ("cust-ana", EARLY, "coffee"),
        ("cust-ben", EARLY, "toys"),
        # What Bea bought, who is Ben by now.
        ("cust-ben", EARLY, "garden"),
        ("cust-ana", CUTOFF, "toys"),
    }


def test_features_are_those_that_have_words(whole: SmallCompany) -> None:
    columns = rows(whole, "ftr_customer_asof")[0]
    assert {name for name in columns if name[:2] in ("x_", "o_")} == set(CUSTOMER_FEATURES)


def test_contractual_churn_and_scores_from_the_built_tables(
    whole: SmallCompany, tmp_path: Path
) -> None:
    company = copy.copy(whole)
    company.build_dir = tmp_path / "build"
    shutil.copytree(whole.build_dir, company.build_dir)
    options = OPTIONS | {"churn_kind": "contractual", "churn_horizon_days": 30}
    company.build("features", cutoffs=[EARLY, CUTOFF, AS_OF], **options)
    labels = {
        (row["customer_id"], str(row["as_of_on"])): row["is_churned"]
        for row in rows(company, "ftr_churn_label")
    }
    assert labels == {
        ("cust-ana", EARLY): False,
        ("cust-cyd", EARLY): True,
        ("cust-ana", CUTOFF): True,
    }
    summary = train_and_score(
        company.build_dir / "work.duckdb",
        company.build_dir / "scores",
        tmp_path / "state",
        as_of=dt.date.fromisoformat(AS_OF),
        churn_kind="contractual",
        horizon_days=30,
    )
    assert {one.status for one in summary.outcomes} == {"not_enough_data"}
    company.build(select=["path:models/published/ml"], **OPTIONS)
    registry = company.query("select outcome, status from ml.ml_model_registry order by outcome")
    assert registry == [
        {"outcome": "churn", "status": "not_enough_data"},
        {"outcome": "purchase", "status": "not_enough_data"},
    ]
    published = {
        "churn_score": "fct_churn_score",
        "score_reason": "fct_score_reason",
        "propensity_score": "fct_propensity_score",
        "model_registry": "ml_model_registry",
        "monitor": "ml_monitor",
    }
    for name, table in published.items():
        columns = company.query(f"select column_name from (describe ml.{table})")
        assert [row["column_name"] for row in columns] == SCHEMAS[name].names
