-- Till receipts of the stores, line by line, from a German till system: decimal commas, local dates.
-- What is paid back has a receipt of its own, which names the one that it is about.
select l.t_day as day, l.no as ord, (o.noise + l.line * 0.618034) % 1 as u,
  'B' || (7000000 + o.no) || ';' || l.line || e'\n' as broken, null::varchar as flaw,
  concat_ws(';', case when l.type = 5 then 'R' else 'B' end || (7000000 + o.no), l.line::varchar,
    local(l.t, getvariable('home_zone'), '%d.%m.%Y %H:%M:%S'),
    printf('F%02d', o.store % (getvariable('n_stores') // getvariable('n_countries'))
      * getvariable('n_countries') + o.country), coalesce(sku(l.product), ''),
    l.quantity::varchar, comma(l.amount, pl.decimals), pl.currency,
    (['VK', 'VS', 'RB', 'GB', 'GK', 'RT'])[l.type + 1], comma(l.discount, pl.decimals),
    case when l.type = 0 then comma(l.cost, pl.decimals) else '' end,
    case when o.shows_card then card_no(o.person) else '' end,
    case when l.type = 5 then '' else 'B' || (7000000 + o.no) end,
    case when l.type = 5 then 'B' || (7000000 + o.no) else '' end) || e'\n' as line
from lines l
join orders o on o.no = l.order_no
join place pl using (country)
where o.channel = 2
