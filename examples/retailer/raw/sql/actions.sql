-- What it does about it: one action that works, one that does nothing.
select getvariable('first_day') as day, no as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', id, metric, target, day_of(started)::varchar, scope, owner, cost) || e'\n' as line
from (values
  (1, 'ACT-PARCEL', 'csat_top2', '82', getvariable('action_day'), 'country=DE', 'Logistics', '52000.00'),
  (2, 'ACT-SCRIPT', 'ces_pct_agree', '75', getvariable('action_day') + 30, '', 'Service', '18000.00')
) a(no, id, metric, target, started, scope, owner, cost)
