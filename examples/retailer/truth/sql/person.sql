-- Everybody who has come, with what does not change.
select person, code as country, day_of(registered_day) as registered_on, head as household,
  shares_email, shares_phone, base as base_satisfaction, order_rate * 52 as orders_per_year,
  in_crm, in_loyalty, in_shop, is_business
from person where registered_day <= getvariable('until_day') order by person
