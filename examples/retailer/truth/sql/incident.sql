-- Outages and whom they struck.
select i.no as incident, make_timestamp(i.t * 1000000) as started_at,
  make_timestamp(i.end_t * 1000000) as ended_at, m.person
from incident i left join incident_met m on m.incident = i.no
where i.t_day <= getvariable('until_day') order by i.no, m.person
