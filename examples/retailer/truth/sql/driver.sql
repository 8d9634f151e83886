-- What each attribute of the quarterly survey adds to the recommendation, points for one point of
-- what people think of it; and what nothing observes: their kindness, which raises both.
select distinct replace(name, 'weight_', '') as driver, value as weight, true as is_observed
from fact where name like 'weight_%'
union select 'kindness', value, false from fact where name = 'kindness_to_recommendation'
order by driver
