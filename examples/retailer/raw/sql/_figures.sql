-- What the survey tool reports of its programmes, in its own way: all answers of the quarterly survey,
-- first tries, unfinished ones and testers too, by the day of the answer; of the purchase survey the
-- finished ones, by the day of the ask. Its days are those of UTC, its figures have one decimal.
with given as (
  select 'relationship_nps' as programme, answered_t as t,
    (score >= 9)::int - (score <= 6)::int as point
  from ask where survey = 0 and answered_t >= 0
  union all
  select 'relationship_nps', first_try_t(no, t, answered_t),
    (first_try_score(no, score) >= 9)::int - (first_try_score(no, score) <= 6)::int
  from ask where survey = 0 and answered_t >= 0 and "end" = 0 and tries_twice(no)
  union all
  select 'relationship_nps', answered_t, (score >= 9)::int - (score <= 6)::int from trial_answer
  union all
  select 'post_purchase', t, (score >= 4)::int from ask where survey = 1 and answered_t >= 0 and "end" = 0
), dated as (
  select *, make_timestamp(t * 1000000)::date as on_day from given
), placed as (
  select programme, point,
    case programme when 'post_purchase' then date_trunc('month', on_day)
      else date_trunc('quarter', on_day) end::date as start_on
  from dated
), summed as (
  select programme, start_on, count(*) as n, round(100 * sum(point) / count(*), 1) as figure,
    -- sent out when the last who were asked have had a month to answer
    (start_on + case programme when 'post_purchase' then interval 2 month else interval 4 month end)::date
      - date '1970-01-01' as day
  from placed group by programme, start_on
)
select day, programme, start_on, n, figure,
  concat_ws(';', programme, case programme when 'post_purchase' then strftime(start_on, '%Y-%m')
      else year(start_on) || '-Q' || quarter(start_on) end,
    n::varchar, replace(printf('%.1f', figure), '.', ',')) || e'\n' as line
from summed where day <= getvariable('until_day')
order by day, programme, start_on
