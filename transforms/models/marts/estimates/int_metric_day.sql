-- Observations summed by business day and slice: the one pass over all observations. Longer periods
-- are sums of days. Squares are of single observations; what clusters add is in int_metric_repeat.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with slices as (
    {{ slice_list() }}
),

sliced as (
    select
        observation.*,
        slices.slice_name,
        {{ slice_value('observation', 'slices', 'slice_name') }} as slice_value,
        slices.slice2_name,
        {{ slice_value('observation', 'slices', 'slice2_name') }} as slice2_value
    from {{ ref('int_metric_observation') }} as observation
    cross join slices
)

select
    metric_name,
    variant,
    survey_id,
    program_type,
    grains,
    on_date,
    slice_name,
    slice_value,
    slice2_name,
    slice2_value,
    cast(sum(case when is_censored then 0 else 1 end) as {{ type_integer() }}) as n_rows,
    cast(sum(case when is_censored then 0 else n end) as {{ type_integer() }}) as n_valid,
    cast(sum(case when is_censored then n else 0 end) as {{ type_integer() }}) as n_censored,
    cast(0 as {{ type_integer() }}) as n_clusters_less,
    {{ exact_sum('x') }} as sum_x,
    {{ exact_sum('y') }} as sum_y,
    {{ exact_sum('y * y') }} as sum_yy,
    {{ exact_sum('x * y') }} as sum_xy,
    {{ exact_sum('x * x') }} as sum_xx,
    cast(0 as decimal(38, 8)) as more_yy,
    cast(0 as decimal(38, 8)) as more_xy,
    cast(0 as decimal(38, 8)) as more_xx,
    cast(sum(case when y > 0 then 1 else 0 end) as {{ type_integer() }}) as n_plus,
    cast(sum(case when y = 0 then 1 else 0 end) as {{ type_integer() }}) as n_zero,
    cast(sum(case when y < 0 then 1 else 0 end) as {{ type_integer() }}) as n_minus,
    cast(sum(case when is_series_break then 1 else 0 end) as {{ type_integer() }}) as n_series_break,
    min(questionnaire_version) as first_version,
    max(questionnaire_version) as last_version,
    max(scale_min) as scale_min,
    max(scale_max) as scale_max
from sliced
where slice_value is not null and (slice2_name is null or slice2_value is not null)
group by
    metric_name, variant, survey_id, program_type, grains, on_date,
    slice_name, slice_value, slice2_name, slice2_value
