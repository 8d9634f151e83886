-- Lines of web orders, refunds as later lines; with the buyer's number and e-mail as booked.
select l.t_day as day, l.no as ord, (o.noise + l.line * 0.618034) % 1 as u,
  order_id(o.no, o.country) || ',' || l.line || e'\n' as broken,
  case when (o.noise + l.line * 0.618034) % 1 between 0.5 and 0.5 + getvariable('broken_row') / 4
    then 'amount.type' end as flaw,
  concat_ws(',', order_id(o.no, o.country), l.line::varchar,
    (['ITEM', 'SHIPPING', 'VOUCHER', 'FEE', 'GIFTCARD', 'REFUND'])[l.type + 1],
    iso(l.t, pl.timezone), coalesce(sku(l.product), ''), l.quantity::varchar,
    case when flaw is null then amount(l.amount, pl.decimals) else 'n/a' end, pl.currency,
    amount(l.discount, pl.decimals), case when l.type = 0 then amount(l.cost, pl.decimals) else '' end,
    case when not b.is_guest then b.account_no else '' end, csv(b.email),
    case o.channel when 0 then 'Webshop' else 'App' end) || e'\n' as line
from lines l
join orders o on o.no = l.order_no
join buyer b on b.order_no = o.no
join place pl using (country)
where o.channel < 2
