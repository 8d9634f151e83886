"""What is planted and not yet published: drivers, agents, comments, and whom to reach.

Belongs here: the planted values with what a naive reading of the published tables gets, so that the
card shows the gap that is to be closed. Does not: verdicts, which need a published table.
"""

from __future__ import annotations

import duckdb

from bench.truth.card import Row

PART = "Not measured yet"
NOTE = (
    "Planted, with no published table to judge. Drivers: share of the weights that each attribute"
    " has in the recommendation; naive: its share of the correlations, which the unobserved"
    " kindness evens out. Agents: correlation of their skill with what is said of them; naive:"
    " their raw scores. Comments: share whose side is told; naive: to call all of them good."
    " Outreach: gain of the fifth of people reached, reporting currency; naive: the fifth"
    " likeliest to leave."
)
ANSWERS = """
  select n.score as recommend, a.question_id as attribute, a.score
  from pub.core.fct_survey_response n join pub.core.fct_survey_response a using (submission_id)
  where n.metric_type = 'nps' and a.metric_type = 'attribute' and n.is_valid and a.is_valid
"""
AGENTS = """
  with said as (
    select agent_id, count(*) as n,
      avg((3 * (score - scale_min) >= 2 * (scale_max - scale_min))::int) as raw
    from pub.core.fct_survey_response
    where metric_type = 'ces' and is_valid and agent_id is not null group by agent_id)
  select corr(a.skill, s.raw), corr(a.skill, a.at_average_mix), count(*), sum(s.n)
  from said s join truth.agent a using (agent_id) where s.n >= 10
"""
REACHED = """
  with person_of as (
    select b.customer_id, min(t.person) as person from pub.core.bridge_identity b
    join truth.person_source t using (source_system, source_customer_id)
    where b.identifier_type = 'source_customer_id' and t.source_system = 'crm' group by 1),
  reach as (
    select o.gain, o.rank, row_number() over (
      order by s.churn_probability desc nulls last, o.person) as risk, count(*) over () / 5 as fifth
    from truth.outreach o
    left join person_of p using (person) left join pub.ml.fct_churn_score s using (customer_id)
    where o.as_of_on = (select max(as_of_on) from truth.outreach))
  select sum(gain) filter (where rank <= fifth), sum(gain) filter (where risk <= fifth), max(fifth)
  from reach
"""


def score(con: duckdb.DuckDBPyConnection, seed: int) -> list[Row]:
    """Rows of the card for one world."""
    rows = [_drivers(con, seed)]
    raw, fair, n, answers = con.execute(AGENTS).fetchone() or (None, None, 0, 0)
    if raw is not None:
        rows.append(
            _row("agents' skill", seed, f"{n} agents, {answers:,} answers", f"{fair:.2f}",
                 f"{raw:.2f}")
        )  # fmt: skip
    n, good, ironic = con.execute(
        "select count(*), avg((sentiment > 0)::int), avg(is_ironic::int) from truth.comment"
    ).fetchone() or (0, 0, 0)
    if n:
        told = f"1 ({ironic:.1%} are ironic)"
        rows.append(_row("side of a comment", seed, f"{n:,} comments", told, f"{good:.1%}"))
    best, at_risk, n = con.execute(REACHED).fetchone() or (None, None, 0)
    if best is not None and at_risk is not None:
        gains = (f"{best:,.0f}", f"{at_risk:,.0f}")
        rows.append(_row("gain of outreach", seed, f"{n:,} people", *gains))
    return rows


def _drivers(con: duckdb.DuckDBPyConnection, seed: int) -> Row:
    weight = dict(
        con.execute("select driver, weight from truth.driver where is_observed").fetchall()
    )
    found = con.execute(
        f"select attribute, corr(recommend, score), count(*) from ({ANSWERS}) group by attribute"
    ).fetchall()
    plain = {name: value for name, value, _ in found if value is not None}
    n = max((n for *_, n in found), default=0)
    return _row("drivers", seed, f"{n:,} answers", _shares(weight), _shares(plain))


def _shares(values: dict[str, float]) -> str:
    total = sum(map(float, values.values())) or 1.0
    ordered = sorted(values.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {float(value) / total:.2f}" for name, value in ordered)


def _row(what: str, seed: int, n: str, planted: str, naive: str) -> Row:
    return Row(PART, what, seed, n, "not measured yet", planted, None, naive)
