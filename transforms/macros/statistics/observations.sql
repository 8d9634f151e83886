{#-
    The shape that all observation models share, and the sums that estimates are made of.
    Belongs here: column lists used by more than one model of marts/. Not: formulas (intervals.sql).
-#}

{# What identifies one number: the key of a cell, without its slice values' names being spelt in each model. #}
{% macro cell_keys(prefix="") -%}
{%- for key in ["metric_name", "variant", "survey_id", "program_type", "period_grain", "period_start_on",
                "slice_name", "slice_value", "slice2_name", "slice2_value"] -%}
{{ prefix }}{{ key }}{{ ", " if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# A whole number as text without a point, another with one decimal: for scales in variants. #}
{% macro scale_text(number) -%}
case
    when {{ number }} = floor({{ number }}) then cast(cast({{ number }} as bigint) as {{ type_text() }})
    else cast(cast({{ number }} as decimal(9, 1)) as {{ type_text() }})
end
{%- endmacro %}

{#-
    The fourteen leading columns of an observation, cast to their types. Every argument is an expression.
    `variant` is the part of the definition that the data decides (a scale, a horizon); `y` and `x` are the
    contributions to numerator and denominator, `n` whether it counts as an answer; a censored one has neither.
-#}
{% macro observation(key, metric_name, cluster_id, on_date, y, x="1", n="1", variant="null", survey_id="null",
                     program_type="null", grains="'every'", is_censored="false", version="null",
                     is_series_break="false") -%}
cast({{ key }} as {{ type_text() }}) as observation_key,
    cast({{ metric_name }} as {{ type_text() }}) as metric_name,
    cast({{ variant }} as {{ type_text() }}) as variant,
    cast({{ survey_id }} as {{ type_text() }}) as survey_id,
    cast({{ program_type }} as {{ type_text() }}) as program_type,
    cast({{ cluster_id }} as {{ type_text() }}) as cluster_id,
    cast({{ on_date }} as {{ type_day() }}) as on_date,
    cast({{ grains }} as {{ type_text() }}) as grains,
    cast(case when not {{ is_censored }} then {{ y }} end as {{ type_money() }}) as y,
    cast(case when not {{ is_censored }} then {{ x }} end as {{ type_money() }}) as x,
    cast({{ n }} as {{ type_integer() }}) as n,
    cast({{ is_censored }} as {{ type_flag() }}) as is_censored,
    cast({{ version }} as {{ type_text() }}) as questionnaire_version,
    cast({{ is_series_break }} as {{ type_flag() }}) as is_series_break
{%- endmacro %}

{# The names of all columns of an observation, in order: unions are by place. #}
{% macro observation_columns() -%}
observation_key, metric_name, variant, survey_id, program_type, cluster_id, on_date, grains, y, x, n,
    is_censored, questionnaire_version, is_series_break, scale_min, scale_max,
    {{ slice_columns() | join(", ") }}
{%- endmacro %}

{# Columns of the sums that int_metric_day and int_metric_repeat share, for their union in int_metric_cell. #}
{% macro sum_columns() -%}
n_rows, n_valid, n_censored, n_clusters_less, sum_x, sum_y, sum_yy, sum_xy, sum_xx, more_yy, more_xy, more_xx,
    n_plus, n_zero, n_minus, n_series_break, first_version, last_version, scale_min, scale_max
{%- endmacro %}

{# An exact sum: decimals, since sums of doubles hang on the order of the rows. #}
{% macro exact_sum(expression) -%}
cast(coalesce(sum({{ expression }}), 0) as decimal(38, 8))
{%- endmacro %}

{# The key of a cell of times: no surveys, and no variants of the definition. #}
{% macro duration_keys(prefix="") -%}
{%- for key in ["metric_name", "period_grain", "period_start_on", "slice_name", "slice_value", "slice2_name", "slice2_value"] -%}
{{ prefix }}{{ key }}{{ ", " if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# The numbers of one series in the order of time. #}
{% macro series_window() -%}
partition by
            metric_name, definition_version, survey_id, program_type, period_grain,
            slice_name, slice_value, slice2_name, slice2_value
        order by period_start_on asc nulls first
{%- endmacro %}
