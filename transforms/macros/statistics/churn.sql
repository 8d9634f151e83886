{#-
    What the company file says of losing a customer: by contract, or by buying no more within a horizon.
    Belongs here: that choice. Not: who was lost (int_observation_contractual, int_observation_purchase).
-#}

{# Days without a purchase after which a customer counts as lost. #}
{% macro churn_horizon() -%}
{{ night("churn_horizon_days") or 90 }}
{%- endmacro %}

{# Condition: churn is measured by kind `kind`. With `auto` it is contractual where there are subscriptions. #}
{% macro churn_is(kind) -%}
{%- if night("churn_kind") == "auto" -%}
{{ "not " if kind != "contractual" }}exists (select 1 from {{ ref("fct_subscription_period") }})
{%- else -%}
{{ "true" if night("churn_kind") == kind else "false" }}
{%- endif -%}
{%- endmacro %}
