"""NPS, CSAT and CES with their intervals against the values that were planted.

Belongs here: which cells are compared, and the share of them that hold the truth. Does not: how the
truth is worked out (the generator does, exactly).
"""

from __future__ import annotations

import duckdb

from bench.truth.arithmetic import wilson
from bench.truth.card import Row

PART = "Metrics"
NOTE = (
    "Cells of `marts.mart_metric` (month, quarter, whole history; all, and each slice of one value)"
    " whose 95 % interval holds the planted value. *Process*: what those who answer come to on"
    " average, asked again and again in the same mood; the intervals promise to hold it. *Census*:"
    " had everybody asked answered. Who answers depends on how they feel, and the pipeline does not"
    " weight for it yet: that row has no target and shows the bias. Naive: the plain interval value"
    " ± 1.96 √(variance / n)."
)
CELLS = """
  select m.metric_name, m.slice_name, m.period_grain, m.value, m.n_valid, m.ci_lower, m.ci_upper,
    t.process_value, t.census_value,
    m.value - 1.959963984540054 * m.std_error * sqrt(m.n_eff / m.n_valid) as plain_lower,
    m.value + 1.959963984540054 * m.std_error * sqrt(m.n_eff / m.n_valid) as plain_upper
  from pub.marts.mart_metric m
  join truth.metric t on t.metric_name = m.metric_name and t.survey_id = m.survey_id
    and t.period_grain = m.period_grain and t.slice_name = m.slice_name
    and t.slice_value = m.slice_value and t.period_start_on is not distinct from m.period_start_on
    and (m.metric_name = 'nps' or m.definition_version like '%-' || t.scale_max)
  where m.slice2_name is null and not m.is_suppressed and m.ci_lower is not null
"""
HELD = f"""
  with cell as ({CELLS})
  select metric_name, case when slice_name = 'all' then 'all' else 'slices' end as kind, count(*),
    count(*) filter (where process_value between ci_lower and ci_upper),
    count(*) filter (where census_value between ci_lower and ci_upper),
    count(*) filter (where process_value between plain_lower and plain_upper),
    count(*) filter (where census_value between plain_lower and plain_upper),
    avg(value - process_value), avg(value - census_value),
    sum(n_valid)
  from cell group by grouping sets ((metric_name, kind), ()) order by 1 nulls last, 2
"""
UNSEEN = """
  select count(*) from truth.metric t
  where t.n_answered >= 30 and not exists (select 1 from pub.marts.mart_metric m
    where t.metric_name = m.metric_name and t.survey_id = m.survey_id
      and t.period_grain = m.period_grain and t.slice_name = m.slice_name
      and t.slice_value = m.slice_value
      and t.period_start_on is not distinct from m.period_start_on
      and (m.metric_name = 'nps' or m.definition_version like '%-' || t.scale_max))
    and t.period_start_on <= (select as_of_on from pub.meta.pub_snapshot)
"""
TARGET = 0.93


def score(con: duckdb.DuckDBPyConnection, seed: int) -> list[Row]:
    """Rows of the card for one world."""
    rows = []
    for name, kind, n, *held, off, off_census, _ in con.execute(HELD).fetchall():
        what = f"{name}, {kind}" if name else "every cell"
        process, census, plain, plain_census = held
        # The target is for all planted metrics together: a family of few cells swings too much.
        target = None if name else TARGET
        rows.append(
            _row(f"{what}: process", seed, n, process, plain, off, target),
        )
        rows.append(_row(f"{what}: census", seed, n, census, plain_census, off_census, None))
    (unseen,) = con.execute(UNSEEN).fetchone() or (0,)
    rows.append(
        Row(PART, "planted cells with 30 answers that are not published", seed, "", f"{unseen}",
            "0", unseen == 0, "")
    )  # fmt: skip
    return rows


def _row(
    what: str, seed: int, n: int, held: int, plain: int, off: float, target: float | None
) -> Row:
    low, high = wilson(held, n)
    value = f"{held / n:.1%} ({low:.1%} to {high:.1%}), mean error {off:+.2f}"
    goal = f"≥ {target:.0%}" if target else ""
    is_met = held / n >= target if target else None
    return Row(PART, what, seed, f"{n:,} cells", value, goal, is_met, f"{plain / n:.1%}")
