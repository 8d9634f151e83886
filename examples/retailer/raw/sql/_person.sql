-- What a person is really called and reached by over time, and what each system has recorded of it.
create table named as
select p.*, pl.code, pl.language, pl.timezone, pl.currency, pl.price_factor, pl.dial, pl.trunk,
  pl.local_phone,
  g.word as given_name, g.spelling as given_spelling, g.spelling2 as given_spelling2,
  g.nick as given_nick, g.latin as given_latin, g.is_swapped_often,
  f.word as family_name, f.spelling as family_spelling, f.spelling2 as family_spelling2,
  f.short as family_short, f.latin as family_latin,
  case when joins_names then f.word || '-' || w.word else w.word end as married_name,
  case when joins_names then f.spelling || '-' || w.spelling else w.spelling end as married_spelling,
  w.latin as married_latin,
  d.word as mail_domain, nd.word as new_mail_domain, od.word as other_mail_domain,
  m.word || scramble(p.person, pl.mobile_digits) as own_mobile,
  nm.word || scramble(p.person, pl.mobile_digits) as new_mobile,
  l.word || scramble(p.head, pl.landline_digits) as landline,
  case when account >= 0 then nl.word || scramble(p.account, pl.landline_digits) end as switchboard,
  pl.company_suffix,
  street_line(pl.house_first, s.word, p.house) as street_line,
  postal_code(pl.postal, ci.postal, p.postal) as postcode, ci.city as town, ci.region
from people p
join place pl using (country)
join name_part g on g.culture = p.culture and g.no = p.given
  and g.kind = case when p.is_female then 'female' else 'male' end
join name_part f on f.culture = p.culture and f.kind = 'family' and f.no = p.family
join name_part w on w.culture = p.culture and w.kind = 'family' and w.no = p.married_family
join word s on s.country = p.country and s.kind = 'streets' and s.no = p.street
join city ci on ci.country = p.country and ci.no = p.city
join word d on d.country = p.country and d.kind = 'domains' and d.no = p.domain
join word nd on nd.country = p.country and nd.kind = 'domains' and nd.no = p.new_domain
join word od on od.country = p.country and od.kind = 'domains' and od.no = p.other_domain
join word m on m.country = p.country and m.kind = 'mobile' and m.no = p.prefix
join word l on l.country = p.country and l.kind = 'landline' and l.no = p.landline_prefix
join (select country, arg_max(word, no) as word from word where kind = 'mobile' group by all) nm
  on nm.country = p.country
join (select country, arg_max(word, no) as word from word where kind = 'landline' group by all) nl
  on nl.country = p.country;

create table mailed as
select n.*,
  case email_style
    when 0 then given_latin || '.' || family_latin || person
    when 1 then left(given_latin, 1) || family_latin || person
    else given_latin || person || left(family_latin, 1) end as mail_name,
  mail_name || '@' || mail_domain as own_email,
  -- Who marries takes the new name into the new address.
  case when married_day >= 0 and married_day <= email_day
    then given_latin || '.' || married_latin || person else mail_name end
    || '@' || new_mail_domain as new_email,
  left(given_latin, 3) || '_' || family_latin || person || '@' || other_mail_domain as other_email,
  coalesce(o.former_mobile, n.own_mobile) as mobile,
  case when n.account >= 0 then c.founder || n.company_suffix end as company_name,
  'ACC' || scramble(case when n.account >= 0 then n.account end, 7) as account_id,
  c.founder_latin || n.account || '-biz.example' as firm_domain
from named n
left join (select person as former, own_mobile as former_mobile from named) o on o.former = n.phone_of
left join (select person as founder_no, family_name || ', ' || given_name as founder, family_latin as founder_latin
  from named) c on c.founder_no = n.account;

-- `email` and `phone` are those of the beginning, `later_*` those from `*_day` on; the `other` ones
-- are the second that people have beside them: a firm's for its contacts, a home's line for others.
create table person as
select m.* exclude (other_email),
  case when m.shares_email then h.head_email else m.own_email end as email,
  case when m.shares_phone then h.head_mobile else m.mobile end as phone,
  m.new_email as later_email, m.new_mobile as later_phone,
  case when m.account < 0 then m.other_email
    when m.email_shop < 0.3 then 'info@' || m.firm_domain
    else m.given_latin || '.' || m.family_latin || '@' || m.firm_domain end as work_email,
  coalesce(m.switchboard, m.landline) as other_phone
from mailed m join (select person, own_email as head_email, mobile as head_mobile from mailed) h on h.person = m.head;
drop table named;
drop table mailed;

-- Every record with the days on which what it says changes: a stale one follows none of them.
create table record_version as
with entry as (
  select person, 'crm' as system, 'K' || scramble(person * 2, 8) as source_id,
    registered_day as from_day, email_crm as ue, phone_crm as up, given_crm as ug,
    family_crm as uf, stale_crm as us, false as is_second
  from person where in_crm
  union all
  select person, 'crm', 'K' || scramble(person * 2 + 1, 8), registered_day + duplicate_after,
    email_crm2, phone_crm2, given_crm2, family_crm2, stale_crm2, true
  from person where has_duplicate
  union all
  select person, 'loyalty', 'M' || scramble(person, 7), registered_day + 3,
    email_loyalty, phone_loyalty, given_loyalty, family_loyalty, stale_loyalty, false
  from person where in_loyalty
  union all
  select person, 'shop', case when in_shop then scramble(person + 17, 9) end, registered_day,
    email_shop, phone_shop, given_shop, family_shop, stale_shop, false
  from person
), moment as (
  select *, from_day as day from entry
  union all
  select e.*, unnest([p.married_day, p.email_day, p.phone_day]) as day
  from entry e join person p using (person)
), kept as (
  select distinct * from moment
  where day = from_day or (day > from_day and us >= getvariable('stale'))
), shown as (
  select k.*, p.* exclude (person),
    p.married_day between 0 and case when us >= getvariable('stale') then k.day else from_day end
      as is_married,
    p.email_day between 0 and case when us >= getvariable('stale') then k.day else from_day end
      as is_mailed_anew,
    p.phone_day between 0 and case when us >= getvariable('stale') then k.day else from_day end
      as is_called_anew,
    getvariable('name_swapped') * case when p.is_swapped_often then 15 else 1 end > (ug * 7.31) % 1
      as is_swapped
  from kept k join person p using (person)
), told as (
  select *,
    case when is_second then left(given_name, 1) || '.'
      else given_as(given_name, given_spelling, given_spelling2, given_nick, ug) end as given_told,
    case when is_married then name_as(married_name, married_spelling, married_spelling, uf)
      else family_as(family_name, family_spelling, family_spelling2, family_short, uf) end
      as family_told
  from shown
)
select person, system, source_id, from_day, day as valid_day,
  email_as(case when is_mailed_anew then later_email else email end, work_email,
    case when is_second then (ue + 0.5) % 1 else ue end) as email,
  phone_as(dial, trunk, case when phone_is_other(up) then other_phone
    when is_called_anew then later_phone else phone end, local_phone, up) as phone,
  dial || case when phone_is_other(up) then other_phone
    when is_called_anew then later_phone else phone end as phone_digits,
  case when is_swapped then family_told else given_told end as given_name,
  case when is_swapped then given_told else family_told end as family_name
from told;

-- A record as it was first written.
create table record as
select person, system, source_id, from_day, arg_min(email, valid_day) as email,
  arg_min(phone, valid_day) as phone, arg_min(given_name, valid_day) as given_name,
  arg_min(family_name, valid_day) as family_name
from record_version group by person, system, source_id, from_day;

-- Buyers by the e-mail and telephone of the day: an account's, or for guests their own.
create table buyer as
select o.no as order_no, o.person, r.source_id as account_no,
  case when o.person < 0 then 'qa' || o.no % 7 || '@larkfield.example'
       else coalesce(r.email, p.email) end as email,
  case when o.person >= 0 then r.phone end as phone,
  o.is_guest or o.person < 0 as is_guest
from orders o
left join person p on p.person = o.person
asof left join (select * from record_version where system = 'shop') r
  on r.person = o.person and r.valid_day <= o.t_day;
