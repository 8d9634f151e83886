-- Accounts of the web shop.
with version as (
  select *, greatest(valid_day, getvariable('first_day')) as day from record_version
  where system = 'shop' and source_id is not null
), kept as (
  select * from version
  qualify valid_day = max(valid_day) over (partition by source_id, day) and (
    day > getvariable('archive_day') or day = max(day) filter (
      where day <= getvariable('archive_day')) over (partition by source_id))
)
select r.day, row_number() over (order by r.valid_day, r.source_id) as ord, p.email_shop as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', r.source_id, csv(r.given_name), csv(r.family_name), csv(r.email), csv(r.phone),
    csv(p.street_line), p.postcode, p.town, p.code, p.language,
    case when p.person % 3 = 0 then profile(p.given_latin, p.person) else '' end,
    utc(r.from_day * 86400 + 36000 + p.person % 7200),
    utc(r.valid_day * 86400 + 36000 + p.person % 7200)) || e'\n' as line
from kept r join person p using (person)
