-- Lines of web orders, refunds as later lines; with the buyer's number and e-mail as booked. A slip of
-- the comma is put right the next day, and so is a line that was booked by mistake.
with booked as (
  select *, t_day as day, amount as shown, t as changed_t, false as is_void, (no * 7) % 1000 as luck
  from lines
), slipped as (
  select * from booked where type = 0 and luck < 3
), put_right as (
  select * from booked where type <> 0 or luck >= 3
  union all select * replace (shown * 10 as shown) from slipped
  union all select * replace (day + 1 as day, changed_t + 64800 as changed_t) from slipped
  union all
  select booked.* replace (line + 80 as line, v.undone as is_void, day + v.later as day,
    changed_t + 43200 * v.later as changed_t)
  from booked, (values (0, false), (1, true)) v(later, undone)
  where type = 0 and luck between 500 and 501
)
select l.day, l.no * 8 + (l.line > 80)::int * 4 + l.is_void::int * 2 + (l.changed_t > l.t)::int as ord,
  (o.noise + l.line * 0.618034) % 1 as u,
  order_id(o.no, o.country) || ',' || l.line || e'\n' as broken,
  case when (o.noise + l.line * 0.618034) % 1 between 0.5 and 0.5 + getvariable('broken_row') / 4
    then 'amount.type' end as flaw,
  concat_ws(',', order_id(o.no, o.country), l.line::varchar,
    (['ITEM', 'SHIPPING', 'VOUCHER', 'FEE', 'GIFTCARD', 'REFUND'])[l.type + 1],
    iso(l.t, pl.timezone), coalesce(sku(l.product), ''), l.quantity::varchar,
    case when flaw is null then amount(l.shown, pl.decimals) else 'n/a' end, pl.currency,
    amount(l.discount, pl.decimals), case when l.type = 0 then amount(l.cost, pl.decimals) else '' end,
    case when not b.is_guest then b.account_no else '' end, csv(b.email),
    case o.channel when 0 then 'Webshop' else 'App' end, utc(l.changed_t),
    case when l.is_void then 'void' else '' end) || e'\n' as line
from put_right l
join orders o on o.no = l.order_no
join buyer b on b.order_no = o.no
join place pl using (country)
where o.channel < 2
