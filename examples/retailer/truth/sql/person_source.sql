-- Which record of which system is whose, and the e-mail and phone that it holds, made comparable.
select person, system as source_system, source_id as source_customer_id,
  day_of(from_day) as known_from, lower(trim(email)) as email,
  right(regexp_replace(phone, '[^0-9]', '', 'g'), 8) as phone_end
from record where source_id is not null and from_day <= getvariable('until_day')
order by person, system, source_id
