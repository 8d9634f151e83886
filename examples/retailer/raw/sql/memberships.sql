-- Periods of the paid membership: when one begins, is renewed (daily files only), and ends.
with period_row as (
  select p.*, coalesce(e.end_day, 2000000) as end_day, e.reason,
    case when p.plan = 2 then 365 else 30 end as length
  from period p left join period_end e on e.period = p.no
), renewal as (
  select no, unnest(generate_series(start_day + length, least(end_day - 1,
    getvariable('until_day')), length)) as day
  from period_row
), moment as (
  select no, start_day as day from period_row
  union all select no, end_day from period_row where end_day <= getvariable('until_day')
  union all select no, day from renewal
), clipped as (
  select distinct no, greatest(day, getvariable('first_day')) as day from moment
), kept as (
  select * from clipped
  qualify day > getvariable('archive_day') or day = max(day) filter (
    where day <= getvariable('archive_day')) over (partition by no)
)
select k.day, row_number() over (order by k.day, p.no) as ord, (p.no * 0.618034 + 0.37) % 1 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', 'SUB' || (40000 + p.subscription), card_no(p.person),
    (['basic', 'plus', 'plus_annual'])[p.plan + 1], day_of(p.start_day)::varchar,
    case when end_day <= k.day then day_of(end_day)::varchar else '' end,
    case when end_day <= k.day then (['notice', 'payment', 'not_renewed', 'switch'])[p.reason + 1]
      else '' end,
    amount(round(([499, 899, 658])[p.plan + 1] * pl.price_factor)::bigint, pl.decimals),
    pl.currency,
    case when end_day > k.day
      then day_of(start_day + length * ((k.day - start_day) // length + 1))::varchar else '' end,
    day_of(k.day)::varchar || 'T20:00:00Z') || e'\n' as line
from kept k join period_row p using (no)
join people pe on pe.person = p.person
join place pl on pl.country = pe.country
