"""What is really so, written to truth/: for scoring the pipeline, which never reads it.

Belongs here: who is whom, latent states, risks, metrics of everybody asked, planted things. Does
not: anything that a source system could know.

Truth is of a last day: each `until` has a directory of its own, and none is ever changed.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from examples.retailer.plan import Plan, as_date
from examples.retailer.raw.files import FileNote, as_rows
from examples.retailer.scenario import Scenario

#: Days over which a membership's risk of ending is planted and looked up.
HORIZON_DAYS = 90

TABLES = {
    # Everybody who has come, with what does not change.
    "person": """
      select person, code as country, day_of(registered_day) as registered_on, head as household,
        shares_email, shares_phone, base as base_satisfaction, order_rate * 52 as orders_per_year,
        in_crm, in_loyalty, in_shop, is_business
      from person where registered_day <= getvariable('until_day') order by person""",
    # Which record of which system is whose.
    "person_source": """
      select person, system as source_system, source_id as source_customer_id,
        day_of(from_day) as known_from
      from record where source_id is not null and from_day <= getvariable('until_day')
      order by person, system, source_id""",
    # Other identifiers and whose they really are (a shared one has several people).
    "person_identifier": """
      select distinct person, kind, value from (
        select person, 'email' as kind, lower(email) as value from record
          where email is not null and from_day <= getvariable('until_day')
        union all select person, 'phone', '+' || dial || phone from person
          where registered_day <= getvariable('until_day')
        union all select person, 'loyalty_id', card_no(person) from record
          where system = 'loyalty' and from_day <= getvariable('until_day')
        union all select s.person, 'cookie_id', left(md5('c' || s.person || '.'
            || ((s.t_day + p.cookie_offset) // 120)), 16)
          from session s join people p using (person)
          where not s.is_app and s.t_day <= getvariable('until_day')
        union all select person, 'device_id', left(md5('d' || person), 20) from session
          where is_app and person >= 0 and t_day <= getvariable('until_day')
      ) order by person, kind, value""",
    # How everybody felt at the start of every fourth week, and the planted risk of leaving.
    "latent": f"""
      select m.person, day_of(m.day) as as_of_on, m.satisfaction, m.engagement, m.is_gone,
        m.is_member, case when m.is_member then m.probability end as churn_probability,
        case when m.is_member and m.day + {HORIZON_DAYS} <= getvariable('until_day')
          then coalesce(x.has_left, false) end as has_left
      from moment m left join (
        select m2.person, m2.day, true as has_left from moment m2
        join period p on p.person = m2.person
        join period_end e on e.period = p.no and e.reason <> 3
          and e.end_day >= m2.day and e.end_day < m2.day + {HORIZON_DAYS}
        where m2.is_member group by all
      ) x using (person, day)
      where m.day <= getvariable('until_day') order by m.day, m.person""",
    # Metrics had everybody asked answered (census), beside those of the people who did.
    "metric": """
      select (['nps', 'csat_top2', 'ces_pct_agree'])[survey + 1] as metric_name,
        case when survey = 0 then (wave // 10) || '-Q' || wave % 10
          else strftime(day_of(t_day), '%Y-%m') end as period,
        count(*) as n_asked, avg(point) as census_value,
        count(*) filter (where has_answered) as n_answered,
        avg(point) filter (where has_answered) as answered_value
      from (
        select *, answered_t >= 0 and answered_t_day <= getvariable('until_day') as has_answered,
          100.0 * case survey when 0 then (score >= 9)::int - (score <= 6)::int
            when 1 then (score >= 4)::int else (score >= 5)::int end as point
        from ask where t_day <= getvariable('until_day'))
      group by all order by metric_name, period""",
    # Outages and whom they struck.
    "incident": """
      select i.no as incident, make_timestamp(i.t * 1000000) as started_at,
        make_timestamp(i.end_t * 1000000) as ended_at, m.person
      from incident i left join incident_met m on m.incident = i.no
      where i.t_day <= getvariable('until_day') order by i.no, m.person""",
    # Counts that the files must show: rows of each table up to the last day.
    "count": """
      select 'orders_web' as name, count(*) as n from orders where channel < 2
        and t_day <= getvariable('until_day')
      union all select 'orders_store', count(*) from orders where channel = 2
        and t_day <= getvariable('until_day')
      union all select 'orders_test', count(*) from orders where person < 0
        and t_day <= getvariable('until_day')
      union all select 'contacts', count(*) from contact where t_day <= getvariable('until_day')
      union all select 'answers', count(*) from ask where answered_t >= 0
        and answered_t_day <= getvariable('until_day')
      union all select 'members', count(*) from period p left join period_end e on e.period = p.no
        where p.start_day <= getvariable('until_day')
        and coalesce(e.end_day, 2000000) > getvariable('until_day')
      order by name""",
}


def write_truth(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    scenario: Scenario,
    notes: list[FileNote],
    out: Path,
) -> None:
    """Write truth/<until>/: Parquet tables, files.parquet (a row a raw file), planted.json."""
    folder = out / "truth" / plan.until.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    for name, query in TABLES.items():
        pq.write_table(con.execute(query).to_arrow_table(), folder / f"{name}.parquet")
    pq.write_table(pa.Table.from_pylist(as_rows(notes)), folder / "files.parquet")
    action = con.execute("select getvariable('action_day')").fetchone()
    planted = {
        "first_on": plan.first.isoformat(),
        "until_on": plan.until.isoformat(),
        "archive_on": plan.archive_on.isoformat(),
        "horizon_days": HORIZON_DAYS,
        "scenario": scenario.model_dump(),
        "actions": {
            "ACT-PARCEL": {
                "started_on": as_date(action[0]).isoformat() if action else None,
                "works": True,
                "effect": "log odds of a late delivery in DE change by effects.action",
            },
            "ACT-SCRIPT": {"works": False, "effect": "none"},
        },
    }
    text = json.dumps(planted, indent=2, sort_keys=True) + "\n"
    (folder / "planted.json").write_text(text, encoding="utf-8")
