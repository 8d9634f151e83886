"""The loyalty system's dumps: all cards as they are on a Sunday, in Parquet.

Belongs here: the days of the dumps and their columns. Does not: who has a card.
"""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from examples.retailer.plan import Plan, as_date
from examples.retailer.raw.files import FileNote, put

DUMP = """
with spent as (
  select o.person, sum(l.amount / pl.price_factor)::bigint // 100 as points
  from lines l join orders o on o.no = l.order_no join place pl using (country)
  where l.t_day <= ? and o.person >= 0 group by o.person
)
select card_no(r.person) as card_no, r.source_id as member_no, r.given_name, r.family_name, r.email,
  r.phone as mobile, case when p.person % 5 > 0 then day_of(p.birth_day) end as birth_date,
  case when p.is_female then 'f' else 'm' end as sex, p.code as country,
  p.postcode,
  case when coalesce(s.points, 0) > 400 then 'gold' when coalesce(s.points, 0) > 150 then 'silver'
    else 'basic' end as tier,
  coalesce(s.points, 0)::bigint as points_balance, day_of(r.from_day) as enrolled_on,
  day_of(?) as dumped_on
from record r join person p using (person) left join spent s using (person)
where r.system = 'loyalty' and r.from_day <= ?
order by card_no
"""


def dump_days(plan: Plan) -> list[int]:
    """Days of the dumps: the last day of the archive (or the first day), then every Sunday."""
    first = max(plan.archive_day, plan.first_day)
    days = [first] if first <= plan.until_day else []
    # 1970-01-01 was a Thursday: day numbers that are 3 modulo 7 are Sundays.
    return days + [d for d in range(first + 1, plan.until_day + 1) if d % 7 == 3]


def write_loyalty(con: duckdb.DuckDBPyConnection, plan: Plan, out: Path) -> list[FileNote]:
    """Write the dumps below `out`/raw; their notes."""
    notes = []
    for day in dump_days(plan):
        table = con.execute(DUMP, [day, day, day]).to_arrow_table()
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        path = f"raw/loyalty/cards_{as_date(day)}.parquet"
        put(out / path, buffer.getvalue())
        notes.append(FileNote(path, "loyalty", len(table), 0, 0, 0, 0))
    return notes
