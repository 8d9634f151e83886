-- Outages: a row when one begins and a row when it is over.
with moment as (
  select no, t_day as day, false as is_over from incident
  union all select no, end_t_day, true from incident
), kept as (
  select no, day, bool_or(is_over) as is_over from moment group by no, day
  qualify day > getvariable('archive_day') or day = max(day) filter (
    where day <= getvariable('archive_day')) over (partition by no)
)
select k.day, row_number() over (order by k.day, i.no) as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', 'INC-' || (100 + i.no), utc(i.t), case when is_over then utc(i.end_t) else '' end,
    (['web_checkout', 'app', 'payment', 'parcel_tracking'])[i.touchpoint + 1],
    case when is_over and notice_t >= 0 then utc(notice_t) else '' end,
    utc(case when is_over then i.end_t else i.t end)) || e'\n' as line
from kept k join incident i using (no)
