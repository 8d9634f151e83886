-- Orders of the web shop: a row each time that an order's state has changed.
with moment as (
  select no, t_day as day, t from orders where channel < 2
  union all select no, shipped_t_day, shipped_t from orders where shipped_t >= 0
  union all select no, delivered_t_day, delivered_t from orders where delivered_t >= 0
  union all select no, cancelled_t_day, cancelled_t from orders where cancelled_t >= 0
), changed as (
  select no, day, max(t) as changed_t from moment group by no, day
), kept as (
  select * from changed
  qualify day > getvariable('archive_day') or day = max(day) filter (
    where day <= getvariable('archive_day')) over (partition by no)
), shown as (
  select k.day, k.changed_t, o.* exclude (no), o.no, b.email, b.phone,
    case when not b.is_guest then b.account_no end as account_no, pl.timezone as zone,
    shipped_t >= 0 and shipped_t <= changed_t as is_shipped,
    delivered_t >= 0 and delivered_t <= changed_t as is_delivered,
    cancelled_t >= 0 and cancelled_t <= changed_t as is_cancelled
  from kept k join orders o using (no) join buyer b on b.order_no = o.no
  join place pl using (country)
)
select day, row_number() over (order by day, changed_t, no) as ord, noise as u,
  order_id(no, country) || ',web' || e'\n' as broken, null::varchar as flaw,
  concat_ws(',', order_id(no, country), iso(t, zone),
    case channel when 0 then 'Webshop' else 'App' end,
    coalesce(account_no, ''), csv(email), csv(phone),
    case when is_cancelled then 'CANCELLED' when is_delivered then 'DELIVERED'
         when is_shipped then 'DISPATCHED' else 'PLACED' end,
    day_of(promised_day)::varchar,
    case when is_shipped then iso(shipped_t, zone) else '' end,
    case when is_delivered and not is_undated then iso(delivered_t, zone) else '' end,
    case when is_cancelled then iso(cancelled_t, zone) else '' end,
    iso(changed_t, zone)) || e'\n' as line
from shown
