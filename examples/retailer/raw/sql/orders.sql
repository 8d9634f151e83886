-- Orders of the web shop as they were placed; what became of them is in the history of states.
select o.t_day as day, o.no as ord, o.noise as u, order_id(o.no, o.country) || ',web' || e'\n' as broken,
  null::varchar as flaw,
  concat_ws(',', order_id(o.no, o.country), iso(o.t, pl.timezone),
    case o.channel when 0 then 'Webshop' else 'App' end,
    case when not b.is_guest then coalesce(b.account_no, '') else '' end, csv(b.email), csv(b.phone),
    day_of(o.promised_day)::varchar) || e'\n' as line
from orders o
join buyer b on b.order_no = o.no
join place pl using (country)
where o.channel < 2
