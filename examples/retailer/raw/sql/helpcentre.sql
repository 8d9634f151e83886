-- Pages of the help centre that were read, from its own program: local times, decimal commas.
with viewed as (
  select e.t_day, e.t, 'HV' || e.no as id, e.content as article, 'suche' as way, v.mark as cookie,
    case when e.place >= 1 then v.account end as account, e.noise
  from event e join visit v on v.no = e.session where e.kind = 9 and not v.is_app
  union all
  select t_day, t + 40, 'HB' || no, reason * 4 + no % 4, 'bot', null, null, noise
  from contact where kind = 4
)
select t_day as day, row_number() over (order by t, id) as ord, (noise + 0.3) % 1 as u,
  id || ';' || e'\n' as broken, null::varchar as flaw,
  concat_ws(';', id, local(t, getvariable('home_zone'), '%d.%m.%Y %H:%M:%S'), article_ref(article, t_day),
    way, coalesce(cookie, ''), coalesce(account, ''), comma((noise * 100)::int, 2)) || e'\n' as line
from viewed
