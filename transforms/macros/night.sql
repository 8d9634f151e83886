{#-
  A fact that differs from night to night: the business date, the date before it, the cut-offs, what
  churn means. The night gives them as one JSON object in WHOLEVIEW_NIGHT, read when a model runs; a
  variable of the same name (dbt_project.yml) stands in where it does not. They are not --vars,
  since dbt reads the whole project anew where these differ: 5 CPU-s of every night.
  What belongs here: that choice. Not: what a company file sets once (--vars).
-#}
{% macro night(name) -%}
    {%- set given = fromjson(env_var('WHOLEVIEW_NIGHT', '{}')) if execute else {} -%}
    {%- do return(given[name] if name in given else var(name)) -%}
{%- endmacro %}
