-- The ledger of planted faults by night: how many rows of each file cannot be read, break their feed's
-- contract, are blank or come twice; and what is whole but no customer's.
with counted as (
  unpivot note on broken, flawed, blank, twice into name kind value n
), placed as (
  select coalesce(try_cast(regexp_extract(path, '([0-9]{4}-[0-9]{2}-[0-9]{2})[.]', 1) as date),
      day_of(getvariable('archive_day'))) as night_on, family, path, kind, n::bigint as n
  from counted where n > 0
  union all
  select day_of(greatest(t_day, getvariable('archive_day'))), 'orders', null, 'test order', count(*)
  from orders where person < 0 and t_day <= getvariable('until_day') group by all
  union all
  select day_of(greatest(t_day, getvariable('archive_day'))), 'web', null, 'bot session', count(*)
  from session where is_bot and t_day <= getvariable('until_day') group by all
)
select * from placed order by night_on, family, kind, path
