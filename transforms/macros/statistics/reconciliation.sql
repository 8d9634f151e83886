{#-
    Splitting a difference between two ways to work a figure out by the rules in which they differ.
    Belongs here: the rules, and each one's weight in Shapley's value. Not: what a rule does (the models).
-#}

{# The rules by which a vendor's figure may differ from ours. #}
{% macro reconciliation_rules() -%}
{{ return(["latest", "incomplete", "zone", "date", "tests"]) }}
{%- endmacro %}

{# Every way to follow some rules as the vendor does and the others as we do: a flag (1 the vendor's) a rule. #}
{% macro every_mixture() -%}
{%- set rules = reconciliation_rules() -%}
select
    {% for rule in rules %}{{ rule }}_rule.is_theirs as {{ rule }}_is_theirs,
    {% endfor -%}
    {% for rule in rules %}{{ rule }}_rule.is_theirs{{ " + " if not loop.last }}{% endfor %} as n_theirs
from {% for rule in rules -%}
{{ "cross join " if not loop.first }}(select 0 as is_theirs union all select 1 as is_theirs) as {{ rule }}_rule
{% endfor %}
{%- endmacro %}

{#
    Weight of a mixture's figure in the part of one of five rules (Shapley 1953): the mean, over all orders in which
    the rules are switched from ours to the vendor's, of what switching this one changes. Weights of all rules add up
    to 1 where all are the vendor's, to -1 where none is, and to 0 between: the parts are the whole difference.
#}
{% macro part_weight(is_theirs) -%}
case n_theirs - {{ is_theirs }} when 0 then 24.0e0 when 1 then 6.0e0 when 2 then 4.0e0 when 3 then 6.0e0 else 24.0e0 end
        * (2 * {{ is_theirs }} - 1) / 120.0e0
{%- endmacro %}
