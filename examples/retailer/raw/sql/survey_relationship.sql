-- The quarterly survey as the survey tool exports it: one column a question, times to the minute.
select answered_t_day as day, row_number() over (order by answered_t, a.no) as ord,
  a.words / 1048576.0 as u, 'RESP' || a.no || ',' || e'\n' as broken,
  case when u between 0.5 and 0.5 + getvariable('broken_row') then 'score.range' end as flaw,
  concat_ws(',', 'RESP' || a.no, invitation,
    local(answered_t, getvariable('home_zone'), '%d/%m/%Y %H:%M'), csv(email),
    case when a.end = 0 then 'Completed' else 'Partial' end, language,
    (a.wave // 10) || '-Q' || a.wave % 10,
    case when flaw is null then score::varchar else '11' end,
    case when a.end = 0 then a0::varchar else '' end, case when a.end = 0 then a1::varchar else '' end,
    case when a.end = 0 and a.words % 11 > 0 then a2::varchar else '' end,
    case when a.end = 0 then a3::varchar else '' end,
    csv(c.text)) || e'\n' as line
from asked a left join comment c on c.no = a.no
where survey = 0 and answered_t >= 0
