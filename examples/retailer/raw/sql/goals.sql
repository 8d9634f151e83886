-- What the company has set itself.
select getvariable('first_day') as day, no as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', id, metric, target, day_of(getvariable('first_day') + due)::varchar, scope, baseline,
    owner, cost) || e'\n' as line
from (values
  (1, 'G-NPS', 'nps', '20', 364, '', '10', 'Head of Experience', '120000.00'),
  (2, 'G-CSAT-' || getvariable('codes')[1], 'csat_top2', '82', 540, 'country=' || getvariable('codes')[1], '76', 'Logistics', '60000.00'),
  (3, 'G-CES', 'ces_pct_agree', '75', 450, '', '68', 'Service', '45000.00')
) g(no, id, metric, target, due, scope, baseline, owner, cost)
