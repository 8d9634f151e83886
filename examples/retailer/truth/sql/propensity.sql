-- For everybody at the cut-offs: the planted chance to buy from a category within 30 days under their
-- own name (at a till without a card nobody is known), from that day's state, and whether they did (NULL where the 30 days have not passed).
with bought as (
  select distinct w.person, w.day, g.category
  from (select distinct day from want) d
  join want w using (day)
  join orders o on o.person = w.person and o.cancelled_t < 0 and (o.channel < 2 or o.shows_card)
  join lines l on l.order_no = o.no and l.type = 0 and l.product >= 0
    and l.t_day >= w.day and l.t_day < w.day + 30
  join product g on g.no = l.product
  where w.category = 0
)
select w.person, day_of(w.day - 1) as as_of_on, c.name as category, w.probability,
  case when w.day + 29 <= getvariable('until_day') then b.person is not null end as has_bought
from want w join category c using (category)
left join bought b on b.person = w.person and b.day = w.day and b.category = w.category
order by w.day, w.person, w.category
