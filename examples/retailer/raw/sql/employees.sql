-- Service staff, without names.
select getvariable('first_day') as day, a.no as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', agent_id(a.no), (['Phone DE', 'Phone GB', 'Phone RO', 'Digital'])[a.no % 4 + 1],
    'Bucharest', (date '2014-02-01' + (a.no * 67 % 3900)::int)::varchar) || e'\n' as line
from range(getvariable('n_agents')::bigint) a(no)
