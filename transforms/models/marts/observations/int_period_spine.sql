-- Months, quarters and years from the first purchase or subscription to as-of, with the first day of
-- the one after. Periods without a single event are there too: in them, too, customers are kept or lost.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with bounds as (
    select coalesce(min(first_on), {{ as_of() }}) as first_on
    from (
        select min(ordered_on) as first_on from {{ ref('fct_order') }}
        union all
        select min(started_on) as first_on from {{ ref('fct_subscription_period') }}
    ) as firsts
    where first_on <= {{ as_of() }}
),

days as (
    select spine.date_on
    from ({{ date_spine("(select first_on from bounds)", as_of()) }}) as spine
),

periods as (
    select 'month' as period_grain, date_on, {{ month_start(add_days('date_on', 32)) }} as next_start_on
    from days
    where {{ month_start('date_on') }} = date_on
    union all
    select 'quarter', date_on, {{ quarter_start(add_days('date_on', 95)) }}
    from days
    where {{ quarter_start('date_on') }} = date_on
    union all
    select 'year', date_on, {{ year_start(add_days('date_on', 367)) }}
    from days
    where {{ year_start('date_on') }} = date_on
)

select
    cast(period_grain as {{ type_text() }}) as period_grain,
    cast(date_on as {{ type_day() }}) as start_on,
    cast(next_start_on as {{ type_day() }}) as next_start_on,
    -- 'all' pools the months; quarters and years stand for themselves.
    case when period_grain = 'month' then 'month_and_all' else period_grain end as grains
from periods
