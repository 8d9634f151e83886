-- One row a metric, period and slice: the sums that its estimate is made of. Pairs of slices are cut
-- at week and longer.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with grain_list as (
    {{ grain_list() }}
),

periods as (
    select
        int_metric_day.*,
        grain_list.period_grain,
        {{ first_of_period('grain_list.period_grain', 'on_date') }} as period_start_on
    from {{ ref('int_metric_day') }} as int_metric_day
    inner join grain_list
        on {{ counts_in('int_metric_day.grains', 'grain_list.period_grain') }}
        and (grain_list.period_grain <> 'day' or int_metric_day.slice2_name is null)
),

parts as (
    select
        {{ cell_keys() }},
        {{ sum_columns() }}
    from periods
    union all
    select
        {{ cell_keys() }},
        0, 0, 0, n_clusters_less, 0, 0, 0, 0, 0, more_yy, more_xy, more_xx,
        0, 0, 0, 0, null, null, null, null
    from {{ ref('int_metric_repeat') }}
    where period_grain <> 'day' or slice2_name is null
)

select
    {{ cell_keys() }},
    cast(sum(n_rows) as {{ type_integer() }}) as n_rows,
    cast(sum(n_valid) as {{ type_integer() }}) as n_valid,
    cast(sum(n_censored) as {{ type_integer() }}) as n_censored,
    cast(sum(n_rows + n_clusters_less) as {{ type_number() }}) as n_clusters,
    cast(sum(sum_x) as {{ type_number() }}) as sum_x,
    cast(sum(sum_y) as {{ type_number() }}) as sum_y,
    cast(sum(sum_yy) as {{ type_number() }}) as simple_yy,
    cast(sum(sum_xy) as {{ type_number() }}) as simple_xy,
    cast(sum(sum_xx) as {{ type_number() }}) as simple_xx,
    cast(sum(sum_yy + more_yy) as {{ type_number() }}) as cluster_yy,
    cast(sum(sum_xy + more_xy) as {{ type_number() }}) as cluster_xy,
    cast(sum(sum_xx + more_xx) as {{ type_number() }}) as cluster_xx,
    cast(sum(n_plus) as {{ type_integer() }}) as n_plus,
    cast(sum(n_zero) as {{ type_integer() }}) as n_zero,
    cast(sum(n_minus) as {{ type_integer() }}) as n_minus,
    cast(sum(n_series_break) as {{ type_integer() }}) as n_series_break,
    min(first_version) as first_version,
    max(last_version) as last_version,
    cast(max(scale_min) as {{ type_number() }}) as scale_min,
    cast(max(scale_max) as {{ type_number() }}) as scale_max
from parts
group by {{ cell_keys() }}
