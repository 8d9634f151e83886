-- What became of the web shop's orders: a row a change of state, its time in the buyer's zone.
with moment as (
  select no, shipped_t_day as day, shipped_t as t, 1 as state from orders where shipped_t >= 0
  union all select no, delivered_t_day, delivered_t, 2 from orders where delivered_t >= 0
  union all select no, cancelled_t_day, cancelled_t, 3 from orders where cancelled_t >= 0
  union all select no, returned_t_day, returned_t, 4 from orders where returned_t >= 0
)
select m.day, row_number() over (order by m.day, m.t, m.no) as ord, (o.noise + m.state * 0.618034) % 1 as u,
  order_id(m.no, o.country) || e'\n' as broken, null::varchar as flaw,
  concat_ws(',', order_id(m.no, o.country),
    (['PLACED', 'DISPATCHED', 'DELIVERED', 'CANCELLED', 'RETURNED'])[m.state + 1],
    case when m.state = 2 and o.is_undated then '' else iso(m.t, pl.timezone) end,
    (['shop', 'warehouse', 'carrier', 'shop', 'warehouse'])[m.state + 1]) || e'\n' as line
from moment m join orders o using (no) join place pl using (country)
