"""A vendor's figure against ours: the parts are what brute force over all orders says."""

from __future__ import annotations

import pytest

from tests.transforms.marts.conftest import Query
from tests.transforms.marts.vendor import RULES, STATED, nps, parts

COLUMNS = ("from_latest_only", "from_incomplete", "from_time_zone", "from_date_used", "from_tests")


@pytest.mark.parametrize("start", STATED)
def test_parts_are_the_mean_effects_over_all_orders_of_the_rules(query: Query, start: str) -> None:
    (row,) = query(
        f"select * from marts.mart_reconciliation where period_start_on = date '{start}'"
    ).to_dict("records")
    expected = parts(start)
    found = {rule: row[column] for rule, column in zip(RULES, COLUMNS, strict=True)}
    assert found == pytest.approx(expected, abs=2e-9)
    assert all(abs(part) > 0.05 for part in expected.values())  # each rule is planted
    ours = nps(start, frozenset())
    assert row["our_value"] == pytest.approx(ours, abs=1e-9)
    assert row["difference"] == pytest.approx(STATED[start] - ours, abs=1e-9)
    as_vendor = nps(start, frozenset(RULES))
    assert row["unexplained"] == pytest.approx(STATED[start] - as_vendor, abs=1e-8)
    assert sum(found.values()) + row["unexplained"] == pytest.approx(row["difference"], abs=1e-8)


def test_our_figure_is_the_metric_that_we_publish(query: Query) -> None:
    rows = query(
        "select r.our_value, r.n_ours, m.value, m.n_valid from marts.mart_reconciliation as r"
        " join marts.mart_metric as m on m.metric_name = r.metric_name"
        " and m.survey_id = r.survey_id and m.period_grain = r.period_grain"
        " and m.period_start_on = r.period_start_on and m.slice_name = 'all'"
    )
    assert len(rows) == len(STATED)
    assert rows["our_value"].tolist() == pytest.approx(rows["value"].tolist(), abs=1e-9)
    assert rows["n_ours"].tolist() == rows["n_valid"].tolist()


def test_what_was_counted_otherwise_is_told_in_answers(query: Query) -> None:
    rows = query("select * from marts.mart_reconciliation")
    assert rows["n_tests"].sum() == 40
    assert rows["n_as_vendor"].sum() == 500  # the vendor counts every answer
    assert (rows[["n_repeated", "n_incomplete", "n_dismissed"]].sum() > 0).all()
    assert rows["n_vendor"].tolist() == [7, 7]
