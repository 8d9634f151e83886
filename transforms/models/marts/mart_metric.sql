-- All metrics, one row a metric, period and slice.
select
    cast(metric_name as {{ type_text() }}) as metric_name,
    cast(definition_version as {{ type_text() }}) as definition_version,
    cast(period_grain as {{ type_text() }}) as period_grain,
    cast(period_start_on as {{ type_day() }}) as period_start_on,
    cast(slice_name as {{ type_text() }}) as slice_name,
    cast(slice_value as {{ type_text() }}) as slice_value,
    cast(value as {{ type_number() }}) as value,
    cast(coalesce(n_valid, 0) as {{ type_integer() }}) as n_valid,
    cast(n_eff as {{ type_number() }}) as n_eff,
    cast(std_error as {{ type_number() }}) as std_error,
    cast(ci_lower as {{ type_number() }}) as ci_lower,
    cast(ci_upper as {{ type_number() }}) as ci_upper,
    cast(ci_method as {{ type_text() }}) as ci_method,
    cast(is_suppressed as {{ type_flag() }}) as is_suppressed,
    cast(is_comparable_to_previous as {{ type_flag() }}) as is_comparable_to_previous,
    cast(unit as {{ type_text() }}) as unit,
    cast(data_through_at as {{ type_moment() }}) as data_through_at,
    cast(survey_id as {{ type_text() }}) as survey_id,
    cast(program_type as {{ type_text() }}) as program_type,
    cast(slice2_name as {{ type_text() }}) as slice2_name,
    cast(slice2_value as {{ type_text() }}) as slice2_value,
    cast(null_reason as {{ type_text() }}) as null_reason
from {{ ref('int_estimate') }}
where is_written
