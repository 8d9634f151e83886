-- Offers made or withheld; a row again when somebody reacts or takes the offer.
with moment as (
  select no, t_day as day, t from offer
  union all select no, responded_t_day, responded_t from offer where responded_t >= 0
  union all select no, converted_t_day, converted_t from offer where converted_t >= 0
), changed as (
  select no, day, max(t) as changed_t from moment group by no, day
), kept as (
  select * from changed
  qualify day > getvariable('archive_day') or day = max(day) filter (
    where day <= getvariable('archive_day')) over (partition by no)
)
select k.day, row_number() over (order by k.day, o.no) as ord, (o.no * 0.618034 + 0.37) % 1 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', 'OC' || (90000 + o.no), 'K' || scramble(o.person * 2, 8), 'offers-' || o.month,
    (['free_shipping', 'ten_percent', 'double_points', 'plus_trial'])[o.offer + 1],
    case when o.is_control then 'control' else 'treated' end, utc(o.t),
    case when responded_t >= 0 and responded_t <= changed_t then utc(responded_t) else '' end,
    case when converted_t >= 0 and converted_t <= changed_t then utc(converted_t) else '' end,
    case when o.is_control then '0.00' else '0.35' end, utc(changed_t)) || e'\n' as line
from kept k join offer o using (no)
