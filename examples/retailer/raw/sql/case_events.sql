-- Every step of every case.
select e.t_day as day, row_number() over (order by e.t, e.no) as ord,
  (e.no * 0.618034 + 0.37) % 1 as u, null::varchar as flaw,
  to_json({
    'case': c.case_ref, 'at': utc(e.t),
    'event': (['created', 'assigned', 'agent_reply', 'status', 'solved', 'reopened',
               'escalated'])[e.event + 1],
    'value': (['new', c.team, null, 'pending', 'solved', 'open', 'level_2'])[e.event + 1],
    'agent': case when e.event not in (0, 5) then agent_id(c.agent) end, 'team': c.team,
    'reason': c.reason_word, 'email': case when c.kind > 0 then c.email end,
    'phone': case when c.kind = 0 and c.person >= 0 and c.noise >= 0.07
      then '+' || c.dial || c.phone end
  })::varchar || e'\n' as line,
  left(line, 50) || e'\n' as broken
from case_event e join reached c on c.no = e.contact
