{#-
    Wide marts: the metrics of one family side by side, out of the long mart_metric.
    Belongs here: the pivot. Not: any arithmetic of metrics.
-#}

{#-
    One row a survey, programme, period and slice (and scale, where the definition has one), and for each metric its value,
    interval, n and reason. With `by_definition` each definition (scale) has a row of its own; else `definition_of` names
    the metric whose definition the row shows. A metric that a row lacks is NULL.
-#}
{% macro wide_metrics(metrics, keeps_survey=false, by_definition=false, definition_of="") -%}
select
    {%- if keeps_survey %}
    cast(survey_id as {{ type_text() }}) as survey_id,
    cast(program_type as {{ type_text() }}) as program_type,
    {%- endif %}
    {%- if by_definition %}
    cast(definition_version as {{ type_text() }}) as definition_version,
    {%- elif definition_of %}
    cast(max(case when metric_name = '{{ definition_of }}' then definition_version end) as {{ type_text() }})
        as definition_version,
    {%- endif %}
    cast(period_grain as {{ type_text() }}) as period_grain,
    cast(period_start_on as {{ type_day() }}) as period_start_on,
    cast(slice_name as {{ type_text() }}) as slice_name,
    cast(slice_value as {{ type_text() }}) as slice_value,
    cast(slice2_name as {{ type_text() }}) as slice2_name,
    cast(slice2_value as {{ type_text() }}) as slice2_value,
    {%- for metric in metrics %}
    {%- for part, column in [("value", metric), ("ci_lower", metric ~ "_ci_lower"), ("ci_upper", metric ~ "_ci_upper")] %}
    cast(max(case when metric_name = '{{ metric }}' then {{ part }} end) as {{ type_number() }}) as {{ column }},
    {%- endfor %}
    cast(max(case when metric_name = '{{ metric }}' then n_valid end) as {{ type_integer() }}) as {{ metric }}_n_valid,
    cast(max(case when metric_name = '{{ metric }}' then null_reason end) as {{ type_text() }}) as {{ metric }}_null_reason,
    {%- endfor %}
    cast(max(data_through_at) as {{ type_moment() }}) as data_through_at
from {{ ref('mart_metric') }}
where metric_name in ('{{ metrics | join("', '") }}')
group by
    {%- if keeps_survey %} survey_id, program_type,{% endif %}
    {%- if by_definition %} definition_version,{% endif %}
    period_grain, period_start_on, slice_name, slice_value, slice2_name, slice2_value
{%- endmacro %}
