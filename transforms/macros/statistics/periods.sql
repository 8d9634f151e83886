{#-
    Periods: the six grains, and the first day of the period that a date is in.
    Belongs here: calendar arithmetic on business dates. Not: time zones (business_date), which observations
    a period holds (the models).
-#}

{# The six grains, finest first. #}
{% macro grain_list() -%}
{%- for grain in ["day", "week", "month", "quarter", "year", "all"] %}
select cast('{{ grain }}' as {{ type_text() }}) as period_grain
{{ "union all" if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# First day of the period of grain `grain` that date `day` is in; NULL for 'all', which has no first day. #}
{% macro first_of_period(grain, day) -%}
case {{ grain }}
    when 'day' then {{ day }}
    when 'week' then {{ week_start(day) }}
    when 'month' then {{ month_start(day) }}
    when 'quarter' then {{ quarter_start(day) }}
    when 'year' then {{ year_start(day) }}
end
{%- endmacro %}

{# Whether an observation that declares its `grains` counts in grain `grain` (see int_metric_observation). #}
{% macro counts_in(grains, grain) -%}
({{ grains }} = 'every' or {{ grains }} = {{ grain }} or ({{ grains }} = 'month_and_all' and {{ grain }} in ('month', 'all')))
{%- endmacro %}

{# Whether `current` is the period right after `previous`, both first days of periods of grain `grain`. #}
{% macro is_next_period(grain, previous, current) -%}
case {{ grain }}
    when 'day' then {{ days_between(previous, current) }} = 1
    when 'week' then {{ days_between(previous, current) }} = 7
    when 'month' then {{ month_number(current) }} - {{ month_number(previous) }} = 1
    when 'quarter' then {{ month_number(current) }} - {{ month_number(previous) }} = 3
    when 'year' then {{ month_number(current) }} - {{ month_number(previous) }} = 12
    else false
end
{%- endmacro %}

{# Months since year 0: months are subtracted as numbers, since engines count month boundaries differently. #}
{% macro month_number(day) -%}
(12 * year({{ day }}) + month({{ day }}))
{%- endmacro %}
