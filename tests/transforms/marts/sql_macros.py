"""Runs the statistics macros alone, in DuckDB, over rows from numpy: no dbt process.

Not here: what the numbers should be (the tests).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from tests.lint.travels.render import Renderer

PROJECT = Path(__file__).resolve().parents[3] / "transforms"


def evaluate(template: str, rows: pd.DataFrame) -> np.ndarray:
    """One SQL expression with macros, over the columns of `rows`, in their order."""
    expression = Renderer(PROJECT).render(template, incremental=False)
    with duckdb.connect() as connection:
        connection.register("given", rows.assign(place=range(len(rows))))
        found = connection.execute(f"select {expression} as it from given order by place").df()
    return found["it"].to_numpy(dtype=float, na_value=np.nan)


#: From answers (cell, cluster, y) to the sums of int_metric_cell, and from these to estimates.
ESTIMATES = """
with clusters as (
    select cell, cluster, count(*) as n, sum(y) as y, sum(y * y) as yy
    from answers group by cell, cluster
),
cells as (
    select cell, cast(sum(n) as double) as n, cast(count(*) as double) as k,
        sum(y) / sum(n) as ratio, cast(sum(yy) as double) as yy,
        cast(sum(y * y) as double) as cluster_yy,
        cast(sum(y) as double) as simple_xy, cast(sum(n * y) as double) as cluster_xy,
        cast(sum(n * n) as double) as cluster_xx
    from clusters group by cell
),
variances as (
    select *,
        {{ linearised_variance('n', 'yy', 'simple_xy', 'n', 'ratio', 'n') }} as variance_simple,
        {{ linearised_variance('k', 'cluster_yy', 'cluster_xy', 'cluster_xx', 'ratio', 'n') }}
            as variance_clustered
    from cells
)
select cell, n, k, ratio, variance_simple, variance_clustered,
    {{ effective_n('n', 'k', 'variance_simple', 'variance_clustered', 'cluster_xx') }} as n_eff
from variances order by cell
"""


def estimate(answers: pd.DataFrame) -> pd.DataFrame:
    """Ratio, variances and effective n by cell, of answers with the columns cell, cluster and y."""
    sql = Renderer(PROJECT).render(ESTIMATES, incremental=False)
    with duckdb.connect() as connection:
        connection.register("answers", answers)
        return connection.execute(sql).df()
