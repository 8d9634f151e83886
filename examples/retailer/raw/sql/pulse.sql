-- The staff's monthly pulse survey: team only, no person.
with months as (
  select unnest(generate_series(getvariable('first_day')::bigint, getvariable('until_day')::bigint))
    as day
), asked_staff as (
  select day, agent, md5('pulse' || day || '.' || agent) as h
  from months, range(getvariable('n_agents')::bigint) r(agent)
  where day(day_of(day)) = 5
), answer as (
  select *, ('0x' || substr(h, 1, 4))::bigint / 65536.0 as a, ('0x' || substr(h, 5, 4))::bigint
    / 65536.0 as b from asked_staff
)
select day, row_number() over (order by day, h) as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', 'EP' || substr(h, 9, 12),
    team_of(agent),
    least(10, greatest(0, round(6.2 + (agent % (getvariable('n_countries') + 1)) * 0.5 + 4.5 * (b - 0.45))))::int::varchar,
    day_of(day)::varchar || 'T12:00:00Z', 'pulse-' || strftime(day_of(day), '%Y-%m')) || e'\n' as line
from answer where a < 0.62
