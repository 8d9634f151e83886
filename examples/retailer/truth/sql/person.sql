-- Everybody who has come, with what does not change, and the days on which something did.
select person, code as country, c.name as culture, day_of(registered_day) as registered_on,
  head as household, is_twin, shares_email, shares_phone, phone_of as number_was_of, account as firm,
  base as base_satisfaction, order_rate * 52 as orders_per_year, in_crm, in_loyalty, in_shop,
  is_business, changed_on(married_day) as married_on, changed_on(phone_day) as phone_changed_on,
  changed_on(email_day) as email_changed_on
from person join culture c using (culture)
where registered_day <= getvariable('until_day') order by person
