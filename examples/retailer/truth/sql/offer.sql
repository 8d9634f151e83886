-- Offers made or withheld: how likely the person is to take it with and without (the difference is the
-- individual effect, positive, zero or negative), and what it adds to the log order rate and to the
-- log hazard of leaving for four weeks.
select 'OC' || (90000 + no) as contact_id, person, day_of(t_day) as made_on,
  (['free_shipping', 'ten_percent', 'double_points', 'plus_trial'])[offer + 1] as offer_id,
  is_control, converted_t >= 0 as has_converted, chance_treated, chance_control,
  chance_treated - chance_control as effect, acts
from offer where t_day <= getvariable('until_day') order by no
