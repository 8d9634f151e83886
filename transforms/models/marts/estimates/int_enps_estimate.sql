-- eNPS of the quarters that may be shown, and of all of them together. Of the others not even the
-- number of answers is told: it could be subtracted.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with cells as (
    select 'quarter' as period_grain, period_start_on, slice_name, slice_value, is_shown,
        n, n_plus, n_zero, n_minus
    from {{ ref('int_enps_cell') }}
    union all
    select 'all', {{ null_as(type_day()) }}, slice_name, slice_value, true,
        sum(n), sum(n_plus), sum(n_zero), sum(n_minus)
    from {{ ref('int_enps_cell') }}
    where is_shown
    group by slice_name, slice_value
),

shares as (
    select
        cells.*,
        cast(n as double) as n_eff,
        cast(n_plus as double) / nullif(cast(n as double), 0.0e0) as share_plus,
        cast(n_minus as double) / nullif(cast(n as double), 0.0e0) as share_minus,
        cast(n_plus - n_minus as double) / nullif(cast(n as double), 0.0e0) as ratio
    from cells
)

select
    shares.period_grain,
    shares.period_start_on,
    shares.slice_name,
    shares.slice_value,
    shares.is_shown,
    shares.n,
    shares.n_plus,
    shares.n_zero,
    shares.n_minus,
    shares.n_eff,
    100.0e0 * ratio as value,
    100.0e0 * {{ standard_error("'adjusted_wald'", 'ratio', 'share_plus', 'share_minus', 'n_eff', 'null') }}
        as std_error,
    100.0e0 * {{ adjusted_wald_bound('share_plus', 'share_minus', 'n_eff', '-') }} as ci_lower,
    100.0e0 * {{ adjusted_wald_bound('share_plus', 'share_minus', 'n_eff', '+') }} as ci_upper,
    through.data_through_at
from shares
cross join (
    select max(responded_at) as data_through_at from {{ ref('employee_response') }}
) as through
