-- Chats with the bot, by day and night: turn by turn, on the clock of the head office.
select c.t_day as day, row_number() over (order by c.t, c.no) as ord, noise as u,
  null::varchar as flaw,
  to_json({
    'conversation': 'BOT' || (500000 + c.no),
    'started': local(c.t, getvariable('home_zone'), '%Y-%m-%d %H:%M:%S'),
    'visitor': {'email': c.email, 'language': coalesce(c.language, 'en')}, 'topic': c.reason_word,
    'turns': [{'by': 'visitor', 'text': w.text, 'article': null},
      {'by': 'bot', 'text': null, 'article': article_ref(c.reason * 4 + c.no % 4, c.t_day)}],
    'result': (['solved', 'open', 'handed_over', 'left'])[outcome + 1]
  })::varchar || e'\n' as line,
  left(line, 60) || e'\n' as broken
from reached c
left join told w on w.language = coalesce(c.language, 'en') and w.no = c.no % w.n
  and w.kind = case when c.reason = 0 then 'liked' else 'disliked' end
  and w.topic = (['3', '0', '2', '4', '2', '1'])[c.reason + 1]::bigint
where c.kind = 4
