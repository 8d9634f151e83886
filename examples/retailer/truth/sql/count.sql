-- Counts that the files must show: rows of each table up to the last day.
select 'orders_web' as name, count(*) as n from orders where channel < 2
  and t_day <= getvariable('until_day')
union all select 'orders_store', count(*) from orders where channel = 2
  and t_day <= getvariable('until_day')
union all select 'orders_test', count(*) from orders where person < 0
  and t_day <= getvariable('until_day')
union all select 'contacts', count(*) from contact where t_day <= getvariable('until_day')
union all select 'answers', count(*) from ask where answered_t >= 0
  and answered_t_day <= getvariable('until_day')
union all select 'answers_first_try', count(*) from ask where survey = 0 and answered_t >= 0
  and "end" = 0 and tries_twice(no)
  and home_day(first_try_t(no, t, answered_t)) <= getvariable('until_day')
union all select 'answers_test', count(*) from trial_answer
  where home_day(answered_t) <= getvariable('until_day')
union all select 'members', count(*) from period p left join period_end e on e.period = p.no
  where p.start_day <= getvariable('until_day')
  and coalesce(e.end_day, 2000000) > getvariable('until_day')
order by name
