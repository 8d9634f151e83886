-- The call centre's log: pipes, decimal commas, the local time of its site (Bucharest); callers by
-- number only.
select t_day as day, row_number() over (order by t, no) as ord, noise as u,
  contact_id(no, 0) || '|' || e'\n' as broken, null::varchar as flaw,
  concat_ws('|', contact_id(no, 0), local(t, 'Europe/Bucharest', '%d.%m.%Y %H:%M:%S'),
    coalesce('Q_' || upper(language), 'Q_EN'), coalesce(agent_id(agent), ''), coalesce(team, ''),
    case when person < 0 or noise < 0.07 then 'anonymous'
      when noise < 0.45 then phone_style(trunk, phone, floor(noise * 997)::int % 4)
      else '+' || dial || phone end,
    tenths(wait, noise), tenths(talk, noise + 0.31), tenths(hold, 0), tenths(wrap, noise + 0.72),
    (['Solved', 'Not solved', 'Transferred', 'ABANDONED'])[outcome + 1], reason_word,
    coalesce(case_ref, '')) || e'\n' as line
from reached
where kind = 0
