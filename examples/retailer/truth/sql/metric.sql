-- NPS, CSAT and CES by scale, period of the answer and slice.
-- process_value: what the answers of those who answer come to on average, were the same people in
--   the same mood asked again and again; an interval around the answers should hold it.
-- census_value: what the answers come to had everybody asked answered; who answers moves the former
--   away from it. answered_value: what those who did answer said.
with sliced as (
  select *, 'all' as slice_name, 'all' as slice_value from metric_ask
  union all select *, 'country', country from metric_ask
  union all select *, 'language', language from metric_ask
  union all select *, 'channel', channel from metric_ask where channel is not null
  union all select *, 'delivery', delivery from metric_ask where delivery is not null
  union all select *, 'team', team from metric_ask where team is not null
), dated as (
  select *, 'month' as period_grain, date_trunc('month', answer_on)::date as period_start_on
  from sliced
  union all select *, 'quarter', date_trunc('quarter', answer_on)::date from sliced
  union all select *, 'all', null from sliced
)
select metric_name, survey_id, scale_max, period_grain, period_start_on, slice_name, slice_value,
  count(*) as n_asked, count(*) filter (where has_answered) as n_answered,
  sum(chance * expected) / sum(chance) as process_value, avg(point) as census_value,
  avg(point) filter (where has_answered) as answered_value
from dated group by all
order by metric_name, scale_max, period_grain, period_start_on, slice_name, slice_value
