-- The best possible list of people to make an offer to at a cut-off, best first: what it is worth in
-- margin less cost, in orders more and in chance of leaving less. Below nought it does harm.
select day_of(day - 1) as as_of_on, row_number() over (partition by day order by gain desc, person)
  as rank, person, 'K' || scramble(person * 2, 8) as crm_id, gain, more_orders, less_leaving
from reach order by day, rank
