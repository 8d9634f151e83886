-- Accounts of the web shop.
select greatest(r.from_day, getvariable('first_day')) as day,
  row_number() over (order by r.from_day, r.source_id) as ord, p.email_shop as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', r.source_id, csv(r.given_name), csv(r.family_name), csv(r.email), csv(r.phone),
    p.code, p.language,
    utc(r.from_day * 86400 + 36000 + p.person % 7200)) || e'\n' as line
from record r join person p using (person)
where r.system = 'shop' and p.in_shop
