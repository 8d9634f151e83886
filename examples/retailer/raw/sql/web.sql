-- The log of web shop and app, one JSON object an event; some arrive days late.
select e.t_day + case when e.noise < getvariable('late_event') then 1 + e.no % 3 else 0 end as day,
  e.no as ord, e.noise as u, null::varchar as flaw,
  to_json({
    'id': 'ev' || e.no, 'ts': utc(e.t),
    'event': (['page', 'search', 'product', 'add_to_cart', 'cart_left', 'checkout', 'login',
               'app_open', 'screen', 'help'])[e.kind + 1],
    'session': 's' || s.no,
    'platform': case when s.is_app then 'app' else 'web' end,
    'cookie': case when s.is_app then null when s.person >= 0
      then left(md5('c' || s.person || '.' || ((s.t_day + p.cookie_offset) // 120)), 16)
      when s.is_bot then left(md5('b' || s.visitor % 50), 16)
      else left(md5('v' || s.visitor), 16) end,
    'device': case when s.is_app then left(md5('d' || s.person), 20) end,
    'user': case when s.is_logged_in and e.place >= 1 then r.source_id end,
    'sku': sku(e.product),
    'query': case when e.kind = 1 then c.name end,
    'ua': case when s.is_bot then 'Mozilla/5.0 (compatible; shopbot/2.1)'
      when s.is_app then 'LarkfieldApp/4.2' else 'Mozilla/5.0' end
  })::varchar || e'\n' as line,
  left(line, 70) || e'\n' as broken
from event e
join session s on s.no = e.session
left join person p on p.person = s.person
left join record r on r.person = s.person and r.system = 'shop'
left join category c on c.category = e.category
