-- What a record said of its person from a day on: its last row is how it stands.
select person, system as source_system, source_id as source_customer_id,
  day_of(valid_day) as valid_from, given_name, family_name, lower(email) as email,
  case when phone is not null then '+' || phone_digits end as phone
from record_version where source_id is not null and valid_day <= getvariable('until_day')
order by person, system, source_id, valid_day
