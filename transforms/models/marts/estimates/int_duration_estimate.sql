-- Quantiles of times by Kaplan and Meier's estimate, which uses what is censored instead of dropping
-- it; intervals by Brookmeyer and Crowley with Greenwood's variance. At week and longer.
-- Where too few have had their event for the curve to come down to a quantile, it is not known yet.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with slices as (
    {{ slice_list() }}
),

grain_list as (
    {{ grain_list() }}
),

sliced as (
    select
        observation.duration_name as metric_name,
        grain_list.period_grain,
        {{ first_of_period('grain_list.period_grain', 'observation.on_date') }} as period_start_on,
        slices.slice_name,
        {{ slice_value('observation', 'slices', 'slice_name') }} as slice_value,
        slices.slice2_name,
        {{ slice_value('observation', 'slices', 'slice2_name') }} as slice2_value,
        observation.seconds,
        observation.is_event
    from {{ ref('int_duration_observation') }} as observation
    cross join slices
    cross join grain_list
    where grain_list.period_grain <> 'day'
),

-- Many share a second: from here on one row a time, not one a contact.
steps as (
    select
        {{ duration_keys() }},
        seconds,
        cast(count(*) as double) as n_all,
        sum(case when is_event then 1.0e0 else 0.0e0 end) as n_events
    from sliced
    where slice_value is not null and (slice2_name is null or slice2_value is not null)
    group by {{ duration_keys() }}, seconds
),

at_risk as (
    select
        steps.*,
        sum(n_all) over (
            partition by {{ duration_keys() }} order by seconds desc nulls last
            rows between unbounded preceding and current row
        ) as n_at_risk
    from steps
),

curve as (
    select
        at_risk.*,
        exp(sum(ln(greatest(1.0e-300, 1.0e0 - n_events / nullif(n_at_risk, 0.0e0)))) over (
            partition by {{ duration_keys() }} order by seconds asc nulls last
            rows between unbounded preceding and current row
        )) as survival,
        sum(case when n_at_risk > n_events
            then n_events / nullif(n_at_risk * (n_at_risk - n_events), 0.0e0) else 0.0e0 end) over (
            partition by {{ duration_keys() }} order by seconds asc nulls last
            rows between unbounded preceding and current row
        ) as greenwood
    from at_risk
),

quantiles as (
    select 'aht' as duration_name, 'aht_median_seconds' as metric_name, 0.5e0 as remaining
    union all
    select 'aht', 'aht_p90_seconds', 0.1e0
    union all
    select 'first_response', 'first_response_seconds', 0.5e0
    union all
    select 'first_response', 'first_response_p90_seconds', 0.1e0
    union all
    select 'resolution', 'resolution_seconds', 0.5e0
    union all
    select 'resolution', 'resolution_p90_seconds', 0.1e0
)

select
    quantiles.metric_name,
    {{ duration_keys('curve.') | replace('curve.metric_name, ', '') }},
    cast(sum(n_all) as {{ type_integer() }}) as n_valid,
    cast(sum(n_all - n_events) as {{ type_integer() }}) as n_censored,
    -- Where the curve rests exactly on the quantile, the middle of the rest: (60, 120) has median 90.
    min(case when n_events > 0 and survival <= remaining + 1.0e-9 then seconds end) as first_at,
    min(case when n_events > 0 and survival < remaining - 1.0e-9 then seconds end) as first_below,
    min(case when n_events > 0 and survival - {{ z_95() }} * survival * sqrt(greenwood) <= remaining
        then seconds end) as lower_seconds,
    min(case when n_events > 0 and survival + {{ z_95() }} * survival * sqrt(greenwood) <= remaining
        then seconds end) as upper_seconds
from curve
inner join quantiles on curve.metric_name = quantiles.duration_name
group by quantiles.metric_name, {{ duration_keys('curve.') | replace('curve.metric_name, ', '') }}
