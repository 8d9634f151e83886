{#-
  From anonymous to known: how far back in time a cookie, device, handle or loyalty card says whose an
  event is (var anonymous_lookback_days). What belongs here: that rule. Not: whose a key is (identity_map).
-#}

{#- Whether a look-back is declared. Without one a key is its customer's however long before. -#}
{% macro has_look_back() %}{{ return(var('anonymous_lookback_days') is number) }}{% endmacro %}

{#- Identifiers that pass from hand to hand, as a list of texts. -#}
{% macro passing_identifiers() %}'cookie_id', 'device_id', 'social_handle', 'loyalty_id'{% endmacro %}

{#- Further condition of a join with keys (identity_map, int_known_key): the day of an event is one on
    which its key counts. Nothing at all where every day does. -#}
{% macro and_in_look_back(keys, day) -%}
{%- if has_look_back() -%}
and coalesce({{ day }} >= {{ keys }}.holds_from_on, true)
{%- endif -%}
{%- endmacro %}
