-- The numbers of all families in one shape, each with its own rule for what is too small to show.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

select
    metric_name, definition_version, survey_id, program_type,
    period_grain, period_start_on, slice_name, slice_value, slice2_name, slice2_value,
    value, n_valid, n_censored, n_eff, std_error, ci_lower, ci_upper, ci_method, unit, feed,
    n_plus, n_zero, n_minus, first_version, last_version,
    n_valid < {{ var('minimum_n') }} and (n_valid > 0 or n_censored = 0) as is_suppressed,
    n_valid = 0 and n_censored > 0 as is_censored,
    {{ null_as(type_moment()) }} as data_through_at
from {{ ref('int_metric_estimate') }}
union all
-- Churn is what retention leaves: the same customers, the same interval from the other side.
select
    'churn_rate', definition_version, survey_id, program_type,
    period_grain, period_start_on, slice_name, slice_value, slice2_name, slice2_value,
    1.0e0 - value, n_valid, n_censored, n_eff, std_error, 1.0e0 - ci_upper, 1.0e0 - ci_lower,
    ci_method, unit, feed,
    n_zero, n_plus, n_minus, first_version, last_version,
    n_valid < {{ var('minimum_n') }} and (n_valid > 0 or n_censored = 0),
    n_valid = 0 and n_censored > 0,
    {{ null_as(type_moment()) }}
from {{ ref('int_metric_estimate') }}
where metric_name = 'retention_rate'
union all
select
    duration.metric_name, definition.version, null, null,
    period_grain, period_start_on, slice_name, slice_value, slice2_name, slice2_value,
    -- Where the curve rests exactly on the quantile, the middle of the rest: (60, 120) has median 90.
    (cast(first_at as double) + cast(coalesce(first_below, first_at) as double)) / 2.0e0,
    n_valid, n_censored, cast(n_valid as double), null,
    cast(lower_seconds as double), cast(upper_seconds as double),
    definition.ci_method, definition.unit, definition.feed,
    null, null, null, null, null,
    n_valid < {{ var('minimum_n') }},
    n_valid >= {{ var('minimum_n') }} and first_at is null,
    {{ null_as(type_moment()) }}
from {{ ref('int_duration_estimate') }} as duration
inner join {{ ref('metric_definition') }} as definition on duration.metric_name = definition.metric_name
union all
select
    'enps', definition.version, null, null,
    period_grain, period_start_on, slice_name, slice_value, null, null,
    value, case when is_shown then n end, 0, n_eff, std_error, ci_lower, ci_upper,
    definition.ci_method, definition.unit, definition.feed,
    n_plus, n_zero, n_minus, null, null,
    not is_shown,
    false,
    enps.data_through_at
from {{ ref('int_enps_estimate') }} as enps
inner join {{ ref('metric_definition') }} as definition on definition.metric_name = 'enps'
