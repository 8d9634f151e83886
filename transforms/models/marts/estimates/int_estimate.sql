-- Every number, shown or not: the reason where there is none, and whether it compares with the period
-- before: the same definition, the same wording of the question, the period right after, both shown.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with estimates as (
    select
        family.*,
        case
            when is_censored then 'censored'
            when is_suppressed then 'suppressed'
            when value is null then 'undefined'
        end as null_reason
    from {{ ref('int_estimate_family') }} as family
),

followed as (
    select
        estimates.*,
        lag(period_start_on) over ({{ series_window() }}) as previous_start_on,
        lag(null_reason) over ({{ series_window() }}) as previous_null_reason,
        lag(first_version) over ({{ series_window() }}) as previous_first_version,
        lag(last_version) over ({{ series_window() }}) as previous_last_version
    from estimates
)

select
    followed.metric_name,
    followed.definition_version,
    followed.survey_id,
    followed.program_type,
    followed.period_grain,
    followed.period_start_on,
    followed.slice_name,
    followed.slice_value,
    followed.slice2_name,
    followed.slice2_value,
    case when null_reason is null then value end as value,
    n_valid,
    case when null_reason is null then n_eff end as n_eff,
    case when null_reason is null then std_error end as std_error,
    case when null_reason is null then ci_lower end as ci_lower,
    case when null_reason is null then ci_upper end as ci_upper,
    ci_method,
    is_suppressed,
    coalesce(
        null_reason is null and previous_null_reason is null
        and {{ is_next_period('period_grain', 'previous_start_on', 'period_start_on') }}
        and first_version is not distinct from previous_first_version
        and last_version is not distinct from previous_last_version,
        false
    ) as is_comparable_to_previous,
    unit,
    coalesce(followed.data_through_at, through.data_through_at) as data_through_at,
    null_reason,
    case when null_reason is null then n_plus end as n_plus,
    case when null_reason is null then n_zero end as n_zero,
    case when null_reason is null then n_minus end as n_minus,
    -- At day and week what is not shown is left out altogether.
    null_reason is null or period_grain not in ('day', 'week') as is_written
from followed
left join {{ ref('int_data_through') }} as through on followed.feed = through.feed
