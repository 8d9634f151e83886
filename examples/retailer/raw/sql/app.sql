-- The app's analytics, nested JSON with local times: visits, and what telephones tell by themselves.
with told_by_app as (
  select e.t_day, e.t, e.noise, 'ap' || e.no as id, event_name(e.kind) as name,
    's' || e.session as session, v.mark as device, v.zone,
    case when e.place >= 1 then v.account end as account,
    case when e.kind = 10 then printf('VID-%03d', e.content::int)
      when e.kind = 9 then article_ref(e.content, e.t_day) else sku(e.product) end as ref,
    null::double as latitude, null::double as longitude, null::varchar as store, null::bigint as zone_no,
    null::bigint as strength
  from event e join visit v on v.no = e.session where v.is_app
  union all
  select b.t_day, b.t, (b.no * 0.618034 + 0.37) % 1, 'be' || b.no, 'beacon', null, device(b.person),
    pl.timezone, null, null, null, null, shop_id(b.shop), b.zone, b.strength
  from beacon b join people p using (person) join place pl on pl.country = p.country
  union all
  select g.t_day, g.t, (g.no * 0.618034 + 0.37) % 1, 'lo' || g.no, 'position', null,
    device(g.person), pl.timezone, null, null, latitude, longitude, null, null, null
  from ping g join people p using (person) join place pl on pl.country = p.country
  union all
  select u.t_day, u.t, (u.no * 0.618034 + 0.37) % 1, 'pu' || u.no, 'push', null, device(u.person),
    pl.timezone, null, 'push-' || u.month, null, null, null, null, null
  from push u join people p using (person) join place pl on pl.country = p.country
)
select t_day + case when noise < getvariable('late_event') then 1 + t % 3 else 0 end as day,
  row_number() over (order by t, id) as ord, noise as u, null::varchar as flaw,
  to_json({
    'event_id': id, 'event': {'name': name, 'at': iso(t, zone)},
    'session': case when session is not null then {'id': session} end,
    'device': {'id': device, 'os': case when ascii(device) % 3 = 0 then 'ios' else 'android' end},
    'user': case when account is not null then {'account': account} end,
    'item': case when ref is not null then {'ref': ref} end,
    'geo': case when latitude is not null then {'lat': latitude, 'lon': longitude} end,
    'beacon': case when store is not null
      then {'store': store, 'zone': zone_no, 'rssi': strength} end
  })::varchar || e'\n' as line,
  left(line, 90) || e'\n' as broken
from told_by_app
