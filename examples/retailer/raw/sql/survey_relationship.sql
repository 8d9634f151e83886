-- The quarterly survey as the survey tool exports it: one column a question, times to the minute. First
-- tries and testers are rows like any other.
with answer as (
  select 'RESP' || a.no as id, invitation, answered_t, email, "end", language, wave, score, a0, a1, a2, a3,
    a.words, c.text
  from asked a left join comment c on c.no = a.no
  where survey = 0 and answered_t >= 0
  union all
  select 'RESP' || no || 'F', invitation, first_try_t(no, t, answered_t), email, 0, language, wave,
    first_try_score(no, score), null, null, null, null, 786432, null
  from asked where survey = 0 and answered_t >= 0 and "end" = 0 and tries_twice(no)
  union all
  select 'TEST' || wave || '-' || no, '', answered_t, email, 0, 'de', wave, score, 5, 5, 5, 5, 786432,
    'test' from trial_answer
)
select home_day(answered_t) as day, row_number() over (order by answered_t, id) as ord,
  words / 1048576.0 as u, id || ',' || e'\n' as broken,
  case when u between 0.5 and 0.5 + getvariable('broken_row') then 'score.range' end as flaw,
  concat_ws(',', id, invitation,
    local(answered_t, getvariable('home_zone'), '%d/%m/%Y %H:%M'), csv(email),
    case when "end" = 0 then 'Completed' else 'Partial' end, language,
    (wave // 10) || '-Q' || wave % 10,
    case when flaw is null then score::varchar else '11' end,
    case when "end" = 0 then coalesce(a0::varchar, '') else '' end,
    case when "end" = 0 then coalesce(a1::varchar, '') else '' end,
    case when "end" = 0 and words % 11 > 0 then coalesce(a2::varchar, '') else '' end,
    case when "end" = 0 then coalesce(a3::varchar, '') else '' end,
    csv(text)) || e'\n' as line
from answer
