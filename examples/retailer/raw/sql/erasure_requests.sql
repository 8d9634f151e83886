-- People who have asked to be forgotten, some weeks after they were last heard of.
select c.t_day + 20 as day, c.no as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', 'ER' || c.no, csv(case when p.email_day between 0 and c.t_day then p.later_email else p.email end), utc(c.t + 20 * 86400)) || e'\n' as line
from consent c join person p using (person)
where c.status = 2 and c.no % 23 = 0
