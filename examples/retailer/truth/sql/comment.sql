-- What each comment is about and which side it takes; `sentiment` runs from -1 to 1. An ironic one says
-- the opposite of what its words say.
with topic as (select * from (values (0, 'delivery'), (1, 'service'), (2, 'price'), (3, 'range'),
  (4, 'website'), (5, 'store')) t(topic, name))
select case a.survey when 0 then 'RESP' else 'TX' end || c.no as response_id, c.spoken as language,
  t.name as topic, o.name as other_topic, c.polarity, c.sentiment, c.device, c.device = 'ironic'
  as is_ironic, c.is_mixed, c.text
from comment c join asked a using (no) join topic t on t.topic = c.about
left join topic o on o.topic = c.other_topic
where a.answered_t >= 0 and a.answered_t_day <= getvariable('until_day') order by c.no
