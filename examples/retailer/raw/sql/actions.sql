-- What it does about it: one action that works, one that does nothing, and one that only seems to:
-- the agents with the worst answers in the 90 days before are trained, to no effect; their next
-- answers are nearer the average by themselves.
with worst as (
  select agent, avg((score - 1) / (scale - 1)) as mean from asked
  where survey = 2 and agent >= 0 and answered_t >= 0
    and answered_t_day between getvariable('chosen_day') - 90 and getvariable('chosen_day') - 1
  group by agent having count(*) >= 3
  order by mean, agent limit greatest(1, getvariable('n_agents') // 6)
), trained as (
  select 'agent_id=' || string_agg(agent_id(agent), '|' order by agent) as scope from worst
)
select getvariable('first_day') as day, no as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', id, metric, target, day_of(started)::varchar, scope, owner, cost) || e'\n' as line
from (
  select * from (values
    (1, 'ACT-PARCEL', 'csat_top2', '82', getvariable('action_day'), 'country=' || getvariable('codes')[1], 'Logistics',
      '52000.00'),
    (2, 'ACT-SCRIPT', 'ces_pct_agree', '75', getvariable('action_day') + 30, '', 'Service',
      '18000.00')
  ) a(no, id, metric, target, started, scope, owner, cost)
  union all
  select 3, 'ACT-COACH', 'ces_pct_agree', '75', getvariable('chosen_day'), scope, 'Service',
    '9000.00' from trained where scope is not null
)
