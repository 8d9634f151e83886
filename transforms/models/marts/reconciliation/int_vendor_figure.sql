-- The figures that vendors state; what of a vendor's rules is NULL is as we do it.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

select
    cast(control_name as {{ type_text() }}) as control_name,
    cast(source_name as {{ type_text() }}) as source_name,
    cast(metric_name as {{ type_text() }}) as metric_name,
    cast(survey_id as {{ type_text() }}) as survey_id,
    cast(period_grain as {{ type_text() }}) as period_grain,
    cast(period_start_on as {{ type_day() }}) as period_start_on,
    cast(vendor_value as {{ type_number() }}) as vendor_value,
    cast(n_vendor as {{ type_integer() }}) as n_vendor,
    cast(counts_repeated as {{ type_flag() }}) as counts_repeated,
    cast(counts_incomplete as {{ type_flag() }}) as counts_incomplete,
    cast(counts_dismissed as {{ type_flag() }}) as counts_dismissed,
    cast(counts_tests as {{ type_flag() }}) as counts_tests,
    cast(date_used as {{ type_text() }}) as date_used,
    cast(time_zone as {{ type_text() }}) as time_zone,
    cast(tolerance as {{ type_number() }}) as tolerance
from {{ source('built', 'vendor_figure') }}
