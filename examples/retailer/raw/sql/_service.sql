-- Contacts with whoever made them, as the service systems know them: by a number or an address.
create table case_of as select distinct contact from case_event;
create table reached as
select c.*, p.country, p.language, p.dial, p.phone, p.given_name,
  coalesce(r.email, p.email, 'gast' || c.no || '@inbox.example') as email,
  case when x.contact is not null then 'CS-' || (300000 + c.no) end as case_ref,
  (['product', 'delivery_late', 'refund', 'technical', 'membership', 'complaint'])[c.reason + 1]
    as reason_word,
  case when c.agent >= 0 then (['Phone DE', 'Phone GB', 'Phone RO', 'Digital'])[c.agent % 4 + 1] end
    as team
from contact c
left join person p on p.person = c.person
left join record r on r.person = c.person and r.system = 'shop'
left join case_of x on x.contact = c.no;
