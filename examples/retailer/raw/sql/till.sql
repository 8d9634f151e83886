-- What readers at the tills saw: a tag of every good, then the drawer; a file a shop and day.
with sold as (
  select o.*, o.store % (getvariable('n_stores') // getvariable('n_countries'))
    * getvariable('n_countries') + o.country as shop
  from orders o where o.channel = 2
), seen as (
  select s.shop, s.t_day, s.t - 20 + l.line as t, l.no, 'RFID' as event, s.no as order_no,
    '3034' || left(upper(md5('epc' || l.no)), 20) as tag, l.product, null::varchar as card, s.noise
  from lines l join sold s on s.no = l.order_no where l.type = 0
  union all
  select s.shop, s.t_day, s.t, s.no, 'SALE', s.no, null, -1,
    case when s.shows_card then card_no(s.person) end, s.noise
  from sold s
)
select t_day as day, row_number() over (order by t, event, no) as ord, (noise + 0.2) % 1 as u,
  null::varchar as broken, null::varchar as flaw, shop_id(shop) as place,
  concat_ws(';', case event when 'RFID' then 'R' else 'S' end || no, iso(t, pl.timezone), event,
    coalesce(tag, ''), coalesce(sku(product), ''), 'B' || (7000000 + order_no),
    coalesce(card, '')) || e'\n' as line
from seen join place pl on pl.country = shop % getvariable('n_countries')
where shop < getvariable('n_equipped')
