-- The catalogue.
select getvariable('first_day') as day, p.no as ord, 0.5 as u,
  null::varchar as broken, null::varchar as flaw,
  concat_ws(',', sku(p.no), csv(c.makers[p.maker + 1] || ' ' || c.nouns[p.noun + 1]), c.name,
    money(p.price), p.has_defect_disclosure::varchar) || e'\n' as line
from product p join category c using (category)
