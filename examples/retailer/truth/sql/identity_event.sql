-- What happens to people's records, by night: a system learns of somebody (again), or somebody moves.
select day_of(from_day) as night_on, person, system as source_system,
  case when system = 'crm' and row_number() over (partition by person, system order by from_day, source_id)
    > 1 then 'second record' else 'record' end as event, source_id as source_customer_id
from record where source_id is not null and from_day <= getvariable('until_day')
union all
select day_of(day), person, 'crm', 'move', 'K' || scramble(person * 2, 8) from move
where day <= getvariable('until_day')
order by night_on, person, event, source_system, source_customer_id
