-- Answers after a purchase or a service contact: one row an answer.
select answered_t_day as day, row_number() over (order by answered_t, a.no) as ord,
  a.words / 1048576.0 as u, 'TX' || a.no || ',' || e'\n' as broken,
  case when u between 0.5 and 0.5 + getvariable('broken_row') then 'ts.type' end as flaw,
  concat_ws(',', 'TX' || a.no, (['', 'post_purchase', 'post_service'])[survey + 1],
    (['', 'CSAT', 'CES'])[survey + 1],
    (['', '"How satisfied are you with your purchase?"',
      '"The company made it easy for me to handle my issue."'])[survey + 1],
    score::varchar, scale::varchar, csv(c.text),
    case when flaw is null then utc(answered_t) else 'yesterday' end,
    invitation, coalesce(order_ref, ''), coalesce(contact_ref, ''), coalesce(agent_id(agent), ''),
    csv(email), language, case when a.end = 0 then 'yes' else 'no' end,
    (['email', 'sms'])[a.mode + 1]) || e'\n' as line
from asked a left join comment c on c.no = a.no
where survey > 0 and answered_t >= 0
