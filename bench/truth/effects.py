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
    " judged. Naive: the answers of the 180 days after the step less those of the 180 before it,"
    " points. ACT-COACH trains the agents with the worst answers, without effect: what they gain"
    " is regression to the mean. Offers: naive is the share of takers among those offered."
)
#: The scope of an action as a condition on answers: nothing, a country, or agents.
BEFORE_AFTER = """
  with answer as (
    select responded_on, case metric_type when 'csat' then score >= scale_max - 1
      else 3 * (score - scale_min) >= 2 * (scale_max - scale_min) end as is_good
    from pub.core.fct_survey_response
    where metric_type = split_part(?, '_', 1) and is_valid
      and (? = '' or ? = 'country=' || country
        or list_contains(string_split(replace(?, 'agent_id=', ''), '|'), agent_id)))
  select 100 * (avg(is_good::int) filter (where responded_on between ? and ?)
    - avg(is_good::int) filter (where responded_on between ? and ?)),
    count(*) filter (where responded_on between ? and ?)
  from answer
"""
OFFERS = """
  select count(*), 100 * avg(effect), 100 * avg((effect < 0)::int) from truth.offer
  where not is_control
"""
TAKERS = """
  select 100 * avg((converted_at is not null)::int) from pub.core.fct_campaign_contact
  where not is_control
"""


def score(con: duckdb.DuckDBPyConnection, seed: int) -> list[Row]:
    """Rows of the card for one world."""
    rows = [_action(con, seed, *found) for found in con.execute(
        "select e.action_id, e.metric_name, e.effect, coalesce(a.scope, ''), a.started_on"
        " from truth.effect e join pub.loop.dim_cx_action a using (action_id) order by 1"
    ).fetchall()]  # fmt: skip
    n, effect, harmed = con.execute(OFFERS).fetchone() or (0, 0.0, 0.0)
    if n:
        (takers,) = con.execute(TAKERS).fetchone() or (None,)
        target = f"{effect:+.2f} points; {harmed:.1f} % annoyed"
        naive = f"{takers:+.2f} points" if takers is not None else ""
        rows.append(
            Row(PART, "offers on their taking", seed, f"{n:,} offers", "not measured yet", target,
                None, naive)
        )  # fmt: skip
    return rows


def _action(
    con: duckdb.DuckDBPyConnection,
    seed: int,
    action: str,
    metric: str,
    effect: float,
    scope: str,
    started: object,
) -> Row:
    days = con.execute(
        "select ?::date, ?::date + 179, ?::date - 180, ?::date - 1", [started] * 4
    ).fetchone()
    assert days is not None
    found = con.execute(BEFORE_AFTER, [metric, scope, scope, scope, *days, *days[:2]]).fetchone()
    gap, n = found or (None, 0)
    naive = f"{gap:+.2f}" if gap is not None else "no answers"
    what = f"{action} on {metric}"
    return Row(
        PART, what, seed, f"{n:,} answers", "not measured yet", f"{effect:+.2f}", None, naive
    )
