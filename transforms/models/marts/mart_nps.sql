-- NPS with the three groups that it is made of, counted one by one, and its margin of error.
select
    cast(survey_id as {{ type_text() }}) as survey_id,
    cast(program_type as {{ type_text() }}) as program_type,
    cast(definition_version as {{ type_text() }}) as definition_version,
    cast(period_grain as {{ type_text() }}) as period_grain,
    cast(period_start_on as {{ type_day() }}) as period_start_on,
    cast(slice_name as {{ type_text() }}) as slice_name,
    cast(slice_value as {{ type_text() }}) as slice_value,
    cast(slice2_name as {{ type_text() }}) as slice2_name,
    cast(slice2_value as {{ type_text() }}) as slice2_value,
    cast(n_valid as {{ type_integer() }}) as n_valid,
    cast(n_eff as {{ type_number() }}) as n_eff,
    cast(n_plus as {{ type_integer() }}) as promoters,
    cast(n_zero as {{ type_integer() }}) as passives,
    cast(n_minus as {{ type_integer() }}) as detractors,
    cast(value as {{ type_number() }}) as nps,
    cast(std_error as {{ type_number() }}) as std_error,
    cast({{ z_95() }} * std_error as {{ type_number() }}) as margin_of_error,
    cast(ci_lower as {{ type_number() }}) as ci_lower,
    cast(ci_upper as {{ type_number() }}) as ci_upper,
    cast(ci_method as {{ type_text() }}) as ci_method,
    cast(is_suppressed as {{ type_flag() }}) as is_suppressed,
    cast(is_comparable_to_previous as {{ type_flag() }}) as is_comparable_to_previous,
    cast(null_reason as {{ type_text() }}) as null_reason,
    cast(data_through_at as {{ type_moment() }}) as data_through_at
from {{ ref('int_estimate') }}
where is_written and metric_name = 'nps'
