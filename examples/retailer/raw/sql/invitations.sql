-- Every ask, when it is sent and again when it is closed.
with moment as (
  select no, t_day as day, false as is_closed from asked
  union all select no, closed_t_day, true from asked
), kept as (
  select no, day, bool_or(is_closed) as is_closed from moment group by no, day
  qualify day > getvariable('archive_day') or day = max(day) filter (
    where day <= getvariable('archive_day')) over (partition by no)
)
select k.day, row_number() over (order by k.day, k.is_closed, a.no) as ord,
  (a.words / 1048576.0 + k.is_closed::int * 0.5) % 1 as u,
  invitation || ',' || e'\n' as broken, null::varchar as flaw,
  concat_ws(',', invitation, (['relationship_nps', 'post_purchase', 'post_service'])[survey + 1],
    csv(coalesce(crm_id, '')), csv(email), utc(t),
    case when delivered_t >= 0 then utc(delivered_t) else '' end,
    case when k.is_closed and opened_t >= 0 then utc(opened_t) else '' end,
    case when k.is_closed and started_t >= 0 then utc(started_t) else '' end,
    case when k.is_closed then (['Completed', 'Partial', 'Broke off', 'Refused', 'Unsubscribed',
      'No reaction', 'Bounced', 'Undelivered'])[a.end + 1] else 'Sent' end,
    coalesce(order_ref, ''), coalesce(contact_ref, ''),
    utc(case when k.is_closed then closed_t else t end)) || e'\n' as line
from kept k join asked a using (no)
