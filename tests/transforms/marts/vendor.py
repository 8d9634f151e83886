"""A vendor's figures of a survey whose answers differ by every rule, and an oracle of their parts.

Belongs here: the planted answers and figures, and the parts by brute force over all orders of the
rules, in pandas. Does not: what the mart should say (test_reconciliation).
"""

from __future__ import annotations

import itertools
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from orchestration.reconciliation import FIGURES, LEFT_OUT

RULES = ("latest", "incomplete", "zone", "date", "tests")
ZONE = "America/Los_Angeles"
STATED = {"2024-01-01": 20.0, "2024-04-01": -7.5}


def vendor_answers() -> pd.DataFrame:
    """500 answers of 180 people in one wave around the end of a quarter, 40 of them of testers."""
    rng = np.random.default_rng(5)
    n = 500
    asked = pd.Timestamp("2024-03-28") + pd.to_timedelta(rng.integers(0, 5 * 86400, n), unit="s")
    lag = rng.integers(600, 3 * 86400, n)
    is_test = np.arange(n) >= n - 40
    return pd.DataFrame({
        "key": [f"v{i}" for i in range(n)],
        "customer": [f"c{i}" for i in rng.integers(0, 180, n)],
        "is_complete": rng.random(n) > 0.2, "is_test": is_test,
        "score": np.where(is_test, 10, rng.integers(0, 12, n)).astype(float),
        "sent_at": asked, "responded_at": asked + pd.to_timedelta(lag, unit="s"),
    })  # fmt: skip


def plant_vendor(connection: duckdb.DuckDBPyConnection, build: Path) -> None:
    """The survey as core rows, and the files that the step before dbt would have written."""
    connection.register("vendor_answers", vendor_answers())
    connection.execute(
        "insert into core.fct_survey_response by name select key as response_key, key as"
        " response_id, 'vendor' as survey_id, 'q' as question_id, customer as customer_id, 'nps' as"
        " metric_type, 'relationship' as program_type, 'w1' as wave, is_complete, score <= 10 as"
        " is_valid, score, 0 as scale_min, 10 as scale_max, responded_at, cast(responded_at as"
        " date) as responded_on, 'i' || key as invitation_id, responded_at as known_at, 'v1' as"
        " questionnaire_version, false as is_series_break from vendor_answers where not is_test"
    )
    connection.execute(
        "insert into core.fct_survey_invitation by name select 'i' || key as invitation_key,"
        " 'i' || key as invitation_id, 'vendor' as survey_id, customer as customer_id, sent_at,"
        " cast(sent_at as date) as sent_on, 'relationship' as program_type,"
        " 'complete' as disposition from vendor_answers where not is_test"
    )
    folder = build / "reconciliation"
    folder.mkdir()
    with duckdb.connect() as con:
        con.execute(f"create table vendor_figure ({FIGURES})")
        for start, value in STATED.items():
            con.execute(
                "insert into vendor_figure values ('theirs', 'x', 'nps', 'vendor', 'quarter',"
                f" ?, ?, 7, true, true, true, true, 'sent', '{ZONE}', 3)",
                [start, value],
            )
        con.execute(f"create table left_out_answer ({LEFT_OUT})")
        con.register("answers", vendor_answers())
        con.execute(
            "insert into left_out_answer by name select row_number() over () as answer_key,"
            " 'vendor' as survey_id, 'nps' as metric_type, responded_at, score, is_complete"
            " from answers where is_test"
        )
        for table in ("vendor_figure", "left_out_answer"):
            con.table(table).write_parquet(str(folder / f"{table}.parquet"))


def nps(start: str, theirs: frozenset[str]) -> float:
    """The NPS of a quarter where the rules named are the vendor's, answer by answer."""
    rows = vendor_answers()
    if "tests" not in theirs:
        rows = rows[~rows["is_test"]]
    if "incomplete" not in theirs:
        rows = rows[rows["is_complete"]]
    rows["cluster"] = rows["customer"].where(~rows["is_test"], rows["key"])
    if "latest" not in theirs:
        rows = rows.sort_values(["responded_at", "key"]).drop_duplicates("cluster", keep="last")
    if "incomplete" not in theirs:  # the vendor takes an eleven for a neutral answer
        rows = rows[rows["score"] <= 10]
    # whoever tests was asked when the answer came
    sent = rows["sent_at"].where(~rows["is_test"], rows["responded_at"])
    at = (sent if "date" in theirs else rows["responded_at"]).dt.tz_localize("UTC")
    on = at.dt.tz_convert(ZONE if "zone" in theirs else "UTC").dt.tz_localize(None)
    rows = rows[(on >= start) & (on < pd.Timestamp(start) + pd.DateOffset(months=3))]
    points = np.select([rows["score"] > 10, rows["score"] >= 9, rows["score"] <= 6], [0, 1, -1], 0)
    return float(100 * points.mean())


def parts(start: str) -> dict[str, float]:
    """What each rule adds, on average over all orders in which they are switched."""
    found = dict.fromkeys(RULES, 0.0)
    orders = list(itertools.permutations(RULES))
    value = {
        frozenset(some): nps(start, frozenset(some))
        for size in range(len(RULES) + 1)
        for some in itertools.combinations(RULES, size)
    }
    for order in orders:
        for place, rule in enumerate(order):
            before = frozenset(order[:place])
            found[rule] += (value[before | {rule}] - value[before]) / len(orders)
    return found
