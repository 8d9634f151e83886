-- Written contacts of the help desk: e-mails, chats, forms, and messages to a telephone number.
select t_day as day, row_number() over (order by t, c.no) as ord, noise as u, null::varchar as flaw,
  to_json({
    'id': contact_id(c.no, 1), 'created_at': utc(t),
    'channel': (['?', 'email', 'live_chat', 'web_form', '?', 'whatsapp'])[c.kind + 1],
    'from': case when c.kind <> 5 or c.person < 0 then email end,
    'phone': case when c.kind = 5 and c.person >= 0 then '+' || c.dial || c.phone end, 'topic': reason_word, 'agent': agent_id(agent), 'team': team,
    'wait_s': case when wait >= 0 then wait end, 'talk_s': case when talk >= 0 then talk end,
    'wrap_s': case when wrap >= 0 then wrap end,
    'result': (['solved', 'open', 'handed_over', 'left'])[outcome + 1],
    'case': case_ref, 'lang': coalesce(c.language, 'en'), 'text': p.text
  })::varchar || e'\n' as line,
  left(line, 60) || e'\n' as broken
from reached c
left join told p on p.language = coalesce(c.language, 'en') and p.no = c.no % p.n
  and p.kind = case when c.reason = 0 then 'liked' else 'disliked' end
  and p.topic = (['3', '0', '2', '4', '2', '1'])[c.reason + 1]::bigint
where c.kind > 0 and c.kind <> 4
