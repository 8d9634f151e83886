"""What the survey tool reports of the sample company, taken apart: the planted causes are found.

The tool counts first tries, unfinished answers and testers in its quarterly NPS; of its monthly
CSAT it leaves unfinished answers out, by the day of the ask. All is counted here from raw files.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.nights.sample_night import Sample

PARTS = (
    "from_latest_only", "from_incomplete", "from_time_zone", "from_date_used", "from_tests",
    "unexplained",
)  # fmt: skip
RECOMMEND = "How likely are you to recommend us to a friend or colleague?"


def split(sample: Sample, control: str) -> list[dict[str, Any]]:
    """The rows of a control in mart_reconciliation, by period."""
    names = [
        "period_start_on", "vendor_value", "our_value", "difference", *PARTS, "n_vendor", "n_ours",
        "n_as_vendor", "n_repeated", "n_incomplete", "n_dismissed", "n_tests", "is_suppressed",
    ]  # fmt: skip
    rows = sample.rows(
        f"select {', '.join(names)} from marts.mart_reconciliation"
        f" where control_name = '{control}' order by period_start_on"
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def figures(sample: Sample, programme: str) -> list[tuple[str, int, float]]:
    """Period, answers and figure as the tool's report says."""
    return [
        (row["Period"], int(row["Answers"]), float(row["Figure"].replace(",", ".")))
        for row in sample.table("surveys/figures_*.csv", ";")
        if row["Programme"] == programme
    ]


def nps(rows: list[dict[str, str]]) -> float:
    scores = [int(row[RECOMMEND]) for row in rows]
    return 100 * sum((s >= 9) - (s <= 6) for s in scores) / len(scores)


def test_the_quarterly_nps_differs_by_first_tries_unfinished_answers_and_testers(
    sample: Sample,
) -> None:
    ((period, stated, figure),) = figures(sample, "relationship_nps")
    answers = [row for row in sample.table("surveys/relationship_*.csv") if row["Wave"] == period]
    read = [row for row in answers if int(row[RECOMMEND]) <= 10]
    tests = [row for row in read if row["Response ID"].startswith("TEST")]
    partial = [row for row in read if row["Status"] == "Partial"]
    first = [row for row in read if row["Response ID"].endswith("F")]
    kept = [row for row in read if row not in tests and row not in partial and row not in first]
    assert tests and partial and first
    (row,) = split(sample, "survey_tool_nps")
    assert (row["n_tests"], row["n_incomplete"]) == (len(tests), len(partial))
    assert row["n_repeated"] == len(first)
    assert (row["n_ours"], row["our_value"]) == (len(kept), pytest.approx(nps(kept)))
    assert (row["n_vendor"], row["vendor_value"]) == (stated, figure)
    assert row["n_as_vendor"] == len(read)
    # testers are promoters, and a first try is less kind than what follows it
    assert row["from_tests"] > 0 > row["from_latest_only"]
    assert (row["from_time_zone"], row["from_date_used"]) == (0, 0)  # nobody answers so late
    # what is left is what came broken, and the report's one decimal
    assert row["unexplained"] == pytest.approx(figure - nps(read), abs=1e-6)
    assert stated >= len(answers) >= len(read)


def test_the_monthly_csat_differs_by_unfinished_answers_and_the_day_of_the_ask(
    sample: Sample,
) -> None:
    rows = split(sample, "survey_tool_csat")
    assert len(rows) == len(figures(sample, "post_purchase")) >= 2
    shown = [row for row in rows if not row["is_suppressed"]]
    assert shown
    for row in shown:
        assert (row["from_latest_only"], row["from_tests"]) == (0, 0)
        assert sum(row[part] for part in PARTS) == pytest.approx(row["difference"], abs=1e-8)
    assert any(row["from_date_used"] for row in shown)
    assert any(row["from_incomplete"] for row in shown)


def test_parts_make_the_difference_and_little_is_left(sample: Sample) -> None:
    rows = split(sample, "survey_tool_nps") + split(sample, "survey_tool_csat")
    for row in rows:
        if not row["is_suppressed"]:
            assert sum(row[part] for part in PARTS) == pytest.approx(
                row["vendor_value"] - row["our_value"], abs=1e-8
            )
    gates = sample.rows(
        "select gate, is_skipped, passed from quality.dq_check_result"
        " where gate like 'feeds.survey_responses.control%' order by 1"
    )
    assert gates == [
        ("feeds.survey_responses.control_survey_tool_csat", False, True),
        ("feeds.survey_responses.control_survey_tool_nps", False, True),
    ]
