-- What the mailing tool did and saw, by address.
select m.t_day as day, m.no as ord, (m.mail * 0.618034 + m.kind * 0.31 + 0.37) % 1 as u,
  null::varchar as flaw,
  to_json({
    'event_id': 'ml' || m.no, 'type': (['sent', 'open', 'click'])[m.kind + 1],
    'message_id': 'msg' || m.mail, 'campaign': case when m.is_letter then 'member-letter-' else 'newsletter-' end || m.month,
    'recipient': coalesce(r.email, p.email), 'time': utc(m.t)
  })::varchar || e'\n' as line,
  left(line, 60) || e'\n' as broken
from mail m
join person p using (person)
left join record r on r.person = m.person and r.system = 'crm'
  and r.source_id = 'K' || scramble(m.person * 2, 8)
