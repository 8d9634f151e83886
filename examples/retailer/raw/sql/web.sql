-- The web server's log, typed; some events arrive days late. Help pages have a log of their own.
select e.t_day + case when e.noise < getvariable('late_event') then 1 + e.no % 3 else 0 end as day,
  e.no as ord, 'ev' || e.no as id, to_timestamp(e.t) as ts, event_name(e.kind) as event,
  's' || e.session as session, v.mark as cookie, case when e.place >= 1 then v.account end as account,
  coalesce(sku(e.product), case when e.kind = 10 then printf('VID-%03d', e.content::int) end) as ref,
  c.name as query, case when e.kind = 10 then (5 + e.noise * 235)::int end as watched_s,
  case when e.kind in (3, 4, 5) then 'cart-' || e.session end as cart,
  (['Mozilla/5.0 (Windows NT 10.0) Firefox/139.0', 'Mozilla/5.0 (Macintosh) Safari/605.1',
    'Mozilla/5.0 (X11; Linux) Chrome/137.0', 'Mozilla/5.0 (Android 15) Chrome/137.0 Mobile',
    'Mozilla/5.0 (compatible; shopbot/2.1)', 'pricewatch/1.4 (+https://prices.example/bot)',
    'python-fetch/3.2'])[v.browser + 1] as agent
from event e
join visit v on v.no = e.session
left join category c on c.category = e.category
where not v.is_app and e.kind <> 9
