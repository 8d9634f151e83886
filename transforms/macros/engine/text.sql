{#- Text on each engine: keys, ordered lists. -#}

{#- Row key: md5 over the values as text, a NULL kept apart from an empty text. Never a double. -#}
{% macro md5_key(expressions) -%}
md5({% for expression in expressions -%}
coalesce(cast({{ expression }} as {{ type_text() }}), chr(30)){% if not loop.last %} || chr(31) || {% endif %}
{%- endfor %})
{%- endmacro %}

{#- The values of a group as one text, in their own order, a comma between them. -#}
{% macro text_list(expression) %}{{ return(adapter.dispatch('text_list')(expression)) }}{% endmacro %}
{% macro duckdb__text_list(expression) %}string_agg({{ expression }}, ', ' order by {{ expression }} nulls last){% endmacro %}
{% macro spark__text_list(expression) %}nullif(array_join(array_sort(collect_list({{ expression }})), ', '), ''){% endmacro %}

{#- Text without what is set between its words: equal however it was typed. -#}
{% macro plain_text(expression) %}nullif(translate(lower({{ expression }}), ' .,-/', ''), ''){% endmacro %}

{#- The first n characters. -#}
{% macro first_characters(expression, n) %}substring({{ expression }}, 1, {{ n }}){% endmacro %}

{#- The value of the row whose key, a text, comes first in its group; rows without a value are left out. -#}
{% macro first_by(value, key) %}{{ return(adapter.dispatch('first_by')(value, key)) }}{% endmacro %}
{% macro default__first_by(value, key) %}min_by({{ value }}, case when {{ value }} is not null then {{ key }} end){% endmacro %}
