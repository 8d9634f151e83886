-- What the company's steps do to the metric that they are meant for, points, from their start to the
-- last day: the parcel partner by fewer late deliveries among those asked in Germany, others nothing.
with asked as (
  select a.expected, a.chance, o.is_late, o.delivered_t_day from ask a
  join orders o on a.survey = 1 and o.no = a.ref
  where o.country = 0 and o.channel < 2 and a.could_t_day <= getvariable('until_day')
), late as (
  select sum(chance) filter (where is_late) / sum(chance) as now,
    sum(chance * expected) filter (where is_late) / sum(chance) filter (where is_late)
    - sum(chance * expected) filter (where not is_late) / sum(chance) filter (where not is_late) as gap
  from asked where delivered_t_day >= getvariable('action_day')
), store as (
  select sum(a.chance) filter (where o.channel < 2) / sum(a.chance) as online
  from ask a join orders o on a.survey = 1 and o.no = a.ref
  where o.country = 0 and a.could_t_day between getvariable('action_day') and getvariable('until_day')
)
select 'ACT-PARCEL' as action_id, 'csat_top2' as metric_name,
  day_of(getvariable('action_day')) as started_on,
  100 * online * gap * (now - now * exp(-getvariable('action_effect'))
    / (1 - now + now * exp(-getvariable('action_effect')))) as effect
from late, store
union all select 'ACT-SCRIPT', 'ces_pct_agree', day_of(getvariable('action_day') + 30), 0
union all select 'ACT-COACH', 'ces_pct_agree', day_of(getvariable('chosen_day')), 0
order by action_id
