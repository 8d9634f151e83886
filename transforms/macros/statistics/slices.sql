{#-
    The slices that a metric is cut by, from the variables `slices` and `slice_pairs`.
    Belongs here: which slices there are, and how an observation gives its value of one. Not: what a slice column holds
    (the observation models), periods (periods.sql).
-#}

{# Every column that a slice may name; each observation has all of them, NULL where one means nothing to it. #}
{% macro slice_columns() %}
{{ return(["touchpoint", "channel", "store_id", "team", "agent_id", "region", "country", "language",
           "order_status", "delivery", "category", "plan", "reason"]) }}
{% endmacro %}

{#-
    The slice columns of an observation model, in order: `given` maps a column to its expression. What is left out is NULL,
    and so is a blank text.
-#}
{% macro slice_select(given) -%}
{%- for column in slice_columns() %}
    cast({{ "nullif(trim(" ~ given[column] ~ "), '')" if column in given else "null" }} as {{ type_text() }}) as {{ column }}
    {{- "," if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# The slices to work out: 'all', each of `slices`, each of `slice_pairs`; an unknown name stops the compilation. #}
{% macro slice_list() -%}
{%- set asked = [["all", none]] -%}
{%- for name in var("slices") %}{% do asked.append([name, none]) %}{% endfor -%}
{%- for pair in var("slice_pairs") %}{% do asked.append([pair[0], pair[1]]) %}{% endfor -%}
{%- for name in asked[1:] | sum(start=[]) if name and name not in slice_columns() -%}
    {{ exceptions.raise_compiler_error("No slice is called " ~ name ~ "; known: " ~ slice_columns() | join(", ")) }}
{%- endfor -%}
{%- for pair in asked %}
select
    cast('{{ pair[0] }}' as {{ type_text() }}) as slice_name,
    cast({{ "'" ~ pair[1] ~ "'" if pair[1] else "null" }} as {{ type_text() }}) as slice2_name
{{ "union all" if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# The value of observation `row` on the slice that the column `name` of relation `slice` names; NULL where it has none. #}
{% macro slice_value(row, slice, name) -%}
case {{ slice }}.{{ name }}
    when 'all' then 'all'
    {%- for column in slice_columns() %}
    when '{{ column }}' then {{ row }}.{{ column }}
    {%- endfor %}
end
{%- endmacro %}
