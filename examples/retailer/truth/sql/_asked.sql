-- Everybody asked, with the day on which they answer or would have answered, what their answer adds
-- to the metric (`point`), what it adds on average over all the answers that they might give in
-- that mood (`expected`), and how likely an answer that counts is (`chance`). The chance of a
-- relationship answer is of a complete one: others do not count.
create or replace temp table metric_ask as
select a.no, a.survey,
  (['nps', 'csat_top2', 'ces_pct_agree'])[a.survey + 1] as metric_name,
  (['relationship_nps', 'post_purchase', 'post_service'])[a.survey + 1] as survey_id,
  day_of(a.could_t_day) as answer_on, a.scale as scale_max,
  100.0 * case a.survey when 0 then (a.score >= 9)::int - (a.score <= 6)::int
    when 1 then (a.score >= 4)::int else (a.score * 3 - 3 >= a.scale * 2 - 2)::int end as point,
  100.0 * a.expected::double as expected, a.chance::double as chance,
  a.answered_t >= 0 and (a.survey > 0 or a."end" = 0) as has_answered,
  p.code as country, p.language,
  case a.survey when 1 then (['web', 'app', 'store'])[o.channel + 1]
    when 2 then (['phone', 'email', 'chat', 'web', 'chat'])[c.kind + 1] end as channel,
  case when a.survey = 1 and o.delivered_t >= 0 and not o.is_undated
    then case when o.is_late then 'late' else 'on_time' end end as delivery,
  case when a.survey = 2 then team_of(c.agent) end as team
from (
  select *, case when survey = 1 then ref end as order_no,
    case when survey = 2 then ref end as contact_no from ask
) a
join person p on p.person = a.person
left join orders o on o.no = a.order_no
left join contact c on c.no = a.contact_no
where a.could_t_day <= getvariable('until_day');
