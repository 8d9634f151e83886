-- Everybody asked: the score that they gave or would have given, how likely they were to answer at all
-- (which hangs on that score), and whether they did.
select (['REL', 'PUR', 'SRV'])[survey + 1] || (200000 + no) as invitation_id, person,
  (['relationship_nps', 'post_purchase', 'post_service'])[survey + 1] as survey_id,
  day_of(t_day) as asked_on, scale as scale_max, score, chance,
  answered_t >= 0 and answered_t_day <= getvariable('until_day') as has_answered
from ask where t_day <= getvariable('until_day') order by no
