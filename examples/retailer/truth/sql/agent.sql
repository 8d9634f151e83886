-- What agents are worth and which cases they get: `skill` is planted (log odds to settle a contact);
-- `expected` is the point that their answers come to on average, `at_average_mix` the same had each
-- the company's mix of hard and easy cases.
with handled as (
  select c.agent, c.reason in (1, 3, 5) as is_hard, count(*) as n,
    sum(a.chance * a.expected) / sum(a.chance) as expected
  from contact c join ask a on a.survey = 2 and a.ref = c.no
  where c.agent >= 0 and c.t_day <= getvariable('until_day') group by all
), mix as (
  select is_hard, sum(n) / (select sum(n) from handled) as share from handled group by all
)
select agent_id(g.agent) as agent_id, g.is_senior, g.skill, sum(h.n)::bigint as n_asked,
  coalesce(sum(h.n) filter (where h.is_hard), 0) / sum(h.n) as share_hard,
  100 * sum(h.n * h.expected) / sum(h.n) as expected,
  100 * sum(m.share * h.expected) / sum(m.share) as at_average_mix
from agent g join handled h using (agent) join mix m using (is_hard)
group by all order by agent_id
