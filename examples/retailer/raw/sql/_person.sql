-- What a person is really called and reached by, and what each system has recorded of it.
create table person as
with named as (
  select p.*, pl.code, pl.language, pl.timezone, pl.currency, pl.price_factor, pl.dial,
    g.word as given_name, f.word as family_name, d.word as mail_domain,
    m.word || scramble(p.person, dg.digits) as mobile
  from people p
  join place pl using (country)
  join digits dg using (country)
  join word g on g.country = p.country and g.no = p.given
    and g.kind = case when p.is_female then 'female' else 'male' end
  join word f on f.country = p.country and f.kind = 'family' and f.no = p.family
  join word d on d.country = p.country and d.kind = 'domains' and d.no = p.domain
  join word m on m.country = p.country and m.kind = 'mobile' and m.no = p.prefix
), mailed as (
  select *,
    case email_style
      when 0 then slug(given_name) || '.' || slug(family_name) || person
      when 1 then left(slug(given_name), 1) || slug(family_name) || person
      else slug(given_name) || person || slug(left(family_name, 1)) end
      || '@' || mail_domain as own_email,
    slug(family_name) || '.' || person || '@office.example' as work_email
  from named
)
select m.*,
  case when m.shares_email then h.own_email else m.own_email end as email,
  case when m.shares_phone then h.mobile else m.mobile end as phone,
  case when m.is_business then m.family_name || ', ' || m.given_name
    || case m.country when 0 then ' & Söhne' || chr(10) || 'GmbH' when 1 then ' & Sons Ltd'
       else ' S.R.L.' end end as company_name
from mailed m join mailed h on h.person = m.head;

create table record as
select person, 'crm' as system, 'K' || scramble(person * 2, 8) as source_id, registered_day as from_day,
  email_as(email, work_email, email_crm) as email,
  phone_as(dial, phone, country, phone_crm) as phone,
  name_as(given_name, name_crm) as given_name, name_as(family_name, 1 - name_crm) as family_name
from person where in_crm
union all
select person, 'crm', 'K' || scramble(person * 2 + 1, 8), registered_day + duplicate_after,
  email_as(work_email, email, email_crm2), phone_as(dial, phone, country, phone_crm2),
  left(given_name, 1) || '.', name_as(family_name, name_crm2)
from person where has_duplicate
union all
select person, 'loyalty', 'M' || scramble(person, 7), registered_day + 3,
  email_as(email, work_email, email_loyalty), phone_as(dial, phone, country, phone_loyalty),
  name_as(given_name, name_loyalty), name_as(family_name, 1 - name_loyalty)
from person where in_loyalty
union all
select person, 'shop', case when in_shop then scramble(person + 17, 9) end, registered_day,
  email_as(email, work_email, email_shop), phone_as(dial, phone, country, phone_shop),
  name_as(given_name, name_shop), name_as(family_name, 1 - name_shop)
from person;

create macro card_no(person) as '9276' || scramble(person + 5, 8);
create macro postal_code(country, prefix, number) as case country
  when 1 then prefix || (1 + number % 20) || ' ' || (number % 9 + 1) || chr(65 + (number % 20)::int)
    || chr(65 + (number % 17)::int)
  when 0 then prefix || lpad(number::varchar, 3, '0')
  else prefix || lpad((number * 7 % 10000)::varchar, 4, '0') end;
create table buyer as
select o.no as order_no, o.person, r.source_id as account_no,
  case when o.person < 0 then 'qa' || o.no % 7 || '@larkfield.example'
       else coalesce(r.email, p.email) end as email,
  case when o.person >= 0 then r.phone end as phone,
  o.is_guest or o.person < 0 as is_guest
from orders o
left join record r on r.person = o.person and r.system = 'shop'
left join person p on p.person = o.person;
