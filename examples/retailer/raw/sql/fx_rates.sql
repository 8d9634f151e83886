-- Rates as the central bank's data service gives them: units of each currency for one of ours.
select day, row_number() over (order by day, currency) as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', 'EXR.D.' || currency || '.' || home || '.SP00.A', 'D', currency, home, 'SP00', 'A',
    day_of(day)::varchar, format('{:.6f}', rate), 'A', 'F') || e'\n' as line
from rate, (select currency as home from place where country = 0)
