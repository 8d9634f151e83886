-- What customers who answered more than once in a period add to the sums of squares by cluster:
-- (Y_1 + Y_2)^2 is more than Y_1^2 + Y_2^2. Most answer once, so this pass is over few rows.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with slices as (
    {{ slice_list() }}
),

grain_list as (
    {{ grain_list() }}
),

neighbours as (
    select
        observation.*,
        lag(on_date) over (
            partition by metric_name, variant, survey_id, program_type, grains, cluster_id
            order by on_date asc nulls last, observation_key asc nulls last
        ) as previous_on,
        lead(on_date) over (
            partition by metric_name, variant, survey_id, program_type, grains, cluster_id
            order by on_date asc nulls last, observation_key asc nulls last
        ) as next_on
    from {{ ref('int_metric_observation') }} as observation
    where not is_censored
),

-- Only the grains in which the customer's answer before or after falls into the same period.
shared as (
    select
        neighbours.*,
        grain_list.period_grain,
        {{ first_of_period('grain_list.period_grain', 'on_date') }} as period_start_on
    from neighbours
    inner join grain_list
        on {{ counts_in('neighbours.grains', 'grain_list.period_grain') }}
        and (
            (grain_list.period_grain = 'all' and (previous_on is not null or next_on is not null))
            or coalesce({{ first_of_period('grain_list.period_grain', 'on_date') }}
                = {{ first_of_period('grain_list.period_grain', 'previous_on') }}, false)
            or coalesce({{ first_of_period('grain_list.period_grain', 'on_date') }}
                = {{ first_of_period('grain_list.period_grain', 'next_on') }}, false)
        )
),

sliced as (
    select
        shared.*,
        slices.slice_name,
        {{ slice_value('shared', 'slices', 'slice_name') }} as slice_value,
        slices.slice2_name,
        {{ slice_value('shared', 'slices', 'slice2_name') }} as slice2_value
    from shared
    cross join slices
),

clusters as (
    select
        {{ cell_keys() }},
        count(*) as n_observations,
        cast(sum(y) as {{ type_money() }}) as cluster_y,
        cast(sum(x) as {{ type_money() }}) as cluster_x,
        {{ exact_sum('y * y') }} as sum_yy,
        {{ exact_sum('x * y') }} as sum_xy,
        {{ exact_sum('x * x') }} as sum_xx
    from sliced
    where slice_value is not null and (slice2_name is null or slice2_value is not null)
    group by {{ cell_keys() }}, cluster_id
    having count(*) > 1
)

select
    {{ cell_keys() }},
    cast(sum(1 - n_observations) as {{ type_integer() }}) as n_clusters_less,
    {{ exact_sum('cluster_y * cluster_y - sum_yy') }} as more_yy,
    {{ exact_sum('cluster_x * cluster_y - sum_xy') }} as more_xy,
    {{ exact_sum('cluster_x * cluster_x - sum_xx') }} as more_xx
from clusters
group by {{ cell_keys() }}
