{#- Names of the contract's types on each engine. Every column that leaves a model is cast to one. -#}
{% macro type_text() %}{{ return(adapter.dispatch('type_text')()) }}{% endmacro %}
{% macro duckdb__type_text() %}varchar{% endmacro %}
{% macro spark__type_text() %}string{% endmacro %}

{% macro type_integer() %}bigint{% endmacro %}
{% macro type_number() %}double{% endmacro %}
{% macro type_money() %}decimal(18, 4){% endmacro %}
{% macro type_flag() %}boolean{% endmacro %}
{% macro type_moment() %}timestamp{% endmacro %}
{% macro type_day() %}date{% endmacro %}

{#- A NULL of a type, for columns that one branch of a union does not have. -#}
{% macro null_as(type_name) %}cast(null as {{ type_name }}){% endmacro %}
