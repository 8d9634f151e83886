"""What the company's steps have done: what the pipeline says of them, beside what was planted.

Belongs here: the planted effects, and naive comparisons. Does not: estimating effects, which is the
pipeline's affair.
"""

from __future__ import annotations

import duckdb

from bench.truth.card import Row

PART = "Effects"
NOTE = (
    "The pipeline measures no effect yet (`marts.mart_action_effect` is not there): nothing is"
    " judged. Naive: the metric after the action began minus before."
)


def score(con: duckdb.DuckDBPyConnection, seed: int) -> list[Row]:
    """Rows of the card for one world."""
    rows = []
    for action, metric, slice_name, slice_value, started in con.execute(
        "select action_id, metric_name, coalesce(split_part(nullif(scope, ''), '=', 1), 'all'),"
        " coalesce(split_part(nullif(scope, ''), '=', 2), 'all'), started_on"
        " from pub.loop.dim_cx_action order by 1"
    ).fetchall():
        where = ["metric_name = ?", "slice_name = ?", "slice_value = ?", "slice2_name is null"]
        if slice_name == "country":
            slice_value = slice_value.upper()
        found = con.execute(
            "select sum(value * n_valid) filter (where period_start_on >= ?)"
            " / sum(n_valid) filter (where period_start_on >= ?)"
            " - sum(value * n_valid) filter (where period_start_on < ?)"
            " / sum(n_valid) filter (where period_start_on < ?) from pub.marts.mart_metric"
            f" where period_grain = 'month' and {' and '.join(where)}",
            [started, started, started, started, metric, slice_name, slice_value],
        ).fetchone()
        naive = f"{found[0]:+.2f} points" if found and found[0] is not None else "no months"
        rows.append(
            Row(PART, f"{action} on {metric}", seed, "", "not measured yet", "", None, naive)
        )
    return rows
