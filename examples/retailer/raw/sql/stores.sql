-- The stores: F00, F01, ...
select getvariable('first_day') as day, s.no as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', printf('F%02d', s.no), csv('Larkfield ' || c.city), pl.code, csv(c.region), pl.timezone,
    (date '1998-03-01' + (s.no * 171)::int)::varchar, h.mon_fri, h.sat, h.sun) || e'\n' as line
from range(getvariable('n_stores')::bigint) s(no)
join place pl on pl.country = s.no % getvariable('n_countries')
join (select *, count(*) over (partition by country) as n from city) c on c.country = pl.country and c.no = (s.no // getvariable('n_countries')) % c.n
join shop_hours h on h.country = pl.country
