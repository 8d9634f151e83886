-- eNPS of teams and of all, by closed quarter: no row here, nor a difference of two, tells of fewer
-- people than the threshold.
select
    cast(case when slice_name = 'team' then slice_value end as {{ type_text() }}) as team,
    cast(period_grain as {{ type_text() }}) as period_grain,
    cast(period_start_on as {{ type_day() }}) as period_start_on,
    cast(slice_name as {{ type_text() }}) as slice_name,
    cast(n_valid as {{ type_integer() }}) as n_responses,
    cast(n_plus as {{ type_integer() }}) as promoters,
    cast(n_zero as {{ type_integer() }}) as passives,
    cast(n_minus as {{ type_integer() }}) as detractors,
    cast(value as {{ type_number() }}) as enps,
    cast(std_error as {{ type_number() }}) as std_error,
    cast(ci_lower as {{ type_number() }}) as ci_lower,
    cast(ci_upper as {{ type_number() }}) as ci_upper,
    cast(ci_method as {{ type_text() }}) as ci_method,
    cast(is_suppressed as {{ type_flag() }}) as is_suppressed,
    cast(data_through_at as {{ type_moment() }}) as data_through_at
from {{ ref('int_estimate') }}
where is_written and metric_name = 'enps'
