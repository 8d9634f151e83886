-- Contacts with whoever made them, as the service systems know them: by a number or an address.
create table case_of as select distinct contact from case_event;
create table reached as
select c.*, p.country, p.language, p.dial, p.trunk, p.given_name,
  case when p.phone_day between 0 and c.t_day then p.later_phone else p.phone end as phone,
  coalesce(r.email, p.email, 'gast' || c.no || '@inbox.example') as email,
  case when x.contact is not null then 'CS-' || (300000 + c.no) end as case_ref,
  (['product', 'delivery_late', 'refund', 'technical', 'membership', 'complaint'])[c.reason + 1]
    as reason_word,
  team_of(c.agent) as team
from contact c
left join person p on p.person = c.person
left join case_of x on x.contact = c.no
asof left join (select * from record_version where system = 'shop') r
  on r.person = c.person and r.valid_day <= c.t_day;
