-- Decisions on consent, from the preference centre.
select greatest(c.t_day, getvariable('first_day')) as day, c.no as ord, (c.no * 0.618034 + 0.37) % 1 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', csv(case when p.email_day between 0 and c.t_day then p.later_email else p.email end), (['marketing', 'research'])[c.purpose + 1],
    (['yes', 'no', 'withdrawn'])[c.status + 1], utc(c.t)) || e'\n' as line
from consent c join person p using (person)
