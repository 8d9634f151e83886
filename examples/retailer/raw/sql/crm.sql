-- Contacts of the CRM, an export of what changed: a Windows program for a German head office.
with version as (
  select r.person, r.source_id, r.valid_day as day, null::bigint as move from record_version r
  where r.system = 'crm'
  union all
  select m.person, r.source_id, greatest(m.day, r.from_day) as day, m.no as move
  from move m join record r on r.person = m.person and r.system = 'crm'
), numbered as (
  select person, source_id, greatest(day, getvariable('first_day')) as day, max(day) as true_day,
    max(move) as move
  from version group by all
), settled as (  -- who has moved stays there, whatever changes later
  select * replace (max(move) over (partition by source_id order by day) as move) from numbered
), kept as (
  select * from settled
  qualify day > getvariable('archive_day') or day = max(day) filter (
    where day <= getvariable('archive_day')) over (partition by source_id)
), shown as (
  select k.day, r.*, p.country, p.code, p.language, p.birth_day, p.is_female, p.company_name,
    p.account_id, p.registered_day, p.card_in_crm and p.in_loyalty as has_card, p.wants_email,
    p.email_crm2 as u, pl.house_first, pl.postal as postal_pattern,
    coalesce(m.street, p.street) as s, coalesce(m.house, p.house) as house,
    coalesce(m.city, p.city) as c, coalesce(m.postal, p.postal) as postal
  from kept k
  asof join (select * from record_version where system = 'crm') r
    on r.source_id = k.source_id and r.valid_day <= k.true_day
  join person p on p.person = k.person
  join place pl on pl.country = p.country
  left join move m on m.no = k.move
)
select s.day, row_number() over (order by s.day, s.source_id) as ord, u,
  s.source_id || ';' || case when is_female then 'Frau' else 'Herr' end || e'\r\n' as broken,
  null::varchar as flaw,
  concat_ws(';', s.source_id, case when is_female then 'Frau' else 'Herr' end,
    csv(s.given_name), csv(s.family_name), csv(company_name), coalesce(account_id, ''), csv(s.email), csv(s.phone),
    case when u between 0.050 and 0.053 then '00/00/0000'
      when u > 0.08 then strftime(day_of(birth_day), '%d/%m/%Y') else '' end,
    csv(street_line(house_first, w.word, house)),
    postal_code(s.postal_pattern, ci.postal, s.postal), csv(ci.city), csv(ci.region), code, language,
    case when has_card then card_no(s.person) else '' end,
    comma((u * 900000)::bigint, 2), case when s.person % 97 = 0 then 'gesperrt' else 'aktiv' end,
    case when wants_email then 'E-Mail' when s.person % 3 = 0 then 'Telefon' else 'Post' end,
    strftime(day_of(s.from_day), '%d/%m/%Y'),
    strftime(day_of(s.day), '%d/%m/%Y') || ' 21:30:00') || e'\r\n' as line
from shown s
join word w on w.country = s.country and w.kind = 'streets' and w.no = s.s
join city ci on ci.country = s.country and ci.no = s.c
