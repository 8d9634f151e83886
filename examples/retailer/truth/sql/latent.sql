-- How everybody felt at the start of every fourth week and of the week after a cut-off, the planted
-- risk that a member is none after the horizon, and whether that came to be (as_of_on is the last
-- day before; NULL where the horizon has not passed).
with still as (
  select distinct m.person, m.day
  from moment m join period p on p.person = m.person
  left join period_end e on e.period = p.no
  where m.is_member and p.start_day <= m.day + getvariable('horizon_days') - 1
    and coalesce(e.end_day, 2000000) > m.day + getvariable('horizon_days') - 1
)
select m.person, day_of(m.day - 1) as as_of_on, m.satisfaction, m.engagement, m.is_gone,
  m.is_member, m.has_decided and m.is_member as has_given_notice, case when m.is_member then m.probability end as churn_probability,
  case when m.is_member and m.day + getvariable('horizon_days') - 1 <= getvariable('until_day')
    then s.person is null end as has_left
from moment m left join still s on s.person = m.person and s.day = m.day
where m.day <= getvariable('until_day') + 1 order by m.day, m.person
