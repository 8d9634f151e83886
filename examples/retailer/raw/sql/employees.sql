-- Service staff, without names.
select getvariable('first_day') as day, a.no as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', agent_id(a.no), team_of(a.no),
    'Bucharest', (date '2014-02-01' + (a.no * 67 % 3900)::int)::varchar) || e'\n' as line
from range(getvariable('n_agents')::bigint) a(no)
