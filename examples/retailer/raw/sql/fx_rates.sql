-- Rates of the other currencies, euros for one unit.
select day, row_number() over (order by day, currency) as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', day_of(day)::varchar, currency, format('{:.6f}', rate)) || e'\n' as line
from rate
