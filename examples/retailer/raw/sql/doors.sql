-- Counters at shop doors: people in and out by the hour, on the shop's own clock. Nobody's name.
select d.t_day as day, row_number() over (order by d.t, d.shop, d.door) as ord,
  (d.no * 0.618034 + 0.37) % 1 as u, shop_id(d.shop) || ';' || d.door || e'\n' as broken,
  null::varchar as flaw,
  concat_ws(';', shop_id(d.shop), 'T' || (d.door + 1), strftime(day_of(d.day), '%d.%m.%Y'),
    d.hour::varchar, d.entered::varchar, d.exited::varchar) || e'\n' as line
from door d
