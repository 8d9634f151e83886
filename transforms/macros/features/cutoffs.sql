{#-
  The days that features look from, and when a fact was known, in days.
  Belongs here: time of as-of features. Not: what a feature measures (models/features).
-#}

{#- A relation with one column, as_of_on: the cut-offs of this run. -#}
{% macro cutoff_rows() -%}
{%- for day in night('cutoffs') %}
{{ 'union all ' if not loop.first }}select cast('{{ day }}' as date) as as_of_on
{%- endfor %}
{%- endmacro %}

{#-
  First business day at whose end a moment had come. What is known on the stroke of midnight is known
  at the end of the day before.
-#}
{% macro known_day(moment) -%}
    case
        when {{ moment }} = {{ day_start(business_date(moment)) }} then {{ add_days(business_date(moment), -1) }}
        else {{ business_date(moment) }}
    end
{%- endmacro %}

{#- Date of the night that ended at a moment, as identity says it: midnight in UTC after its date. -#}
{% macro night_of(moment) -%}
{{ add_days("cast(" ~ moment ~ " as date)", -1) }}
{%- endmacro %}

{#- That day for a fact. Most are known when they occur: only the others pay for the conversion of zones. -#}
{% macro known_on(known_at, occurred_at, occurred_on) -%}
    case
        when {{ known_at }} <= {{ occurred_at }} then {{ occurred_on }}
        else {{ known_day(known_at) }}
    end
{%- endmacro %}

{#- Condition: a day lies in the last n days up to a cut-off, both ends within. -#}
{% macro within_days(day, cutoff, n) -%}
({{ day }} > {{ add_days(cutoff, -(n | int)) }} and {{ day }} <= {{ cutoff }})
{%- endmacro %}

{#- The day that never comes. -#}
{% macro for_good() %}cast('9999-12-31' as date){% endmacro %}

{#- Condition: a key (int_known_key) was known to be its customer's at a cut-off. -#}
{% macro held_at(keys, cutoff) -%}
({{ keys }}.known_on <= {{ cutoff }} and {{ cutoff }} < {{ keys }}.until_on)
{%- endmacro %}

{#- A fact's rows, by default those that a key says whose they are, with first_known_at: when the first
    version was known. A row that was corrected later is not lost to the cut-offs before. -#}
{% macro with_first_known(fact, key, feed, only='fact.identity_key is not null') -%}
    select
        fact.*,
        coalesce(least(updated.first_known_at, fact.known_at), fact.known_at) as first_known_at
    from {{ ref(fact) }} as fact
    left join (
        select row_key, first_known_at from {{ ref('first_known') }}
        where feed = '{{ feed }}'
    ) as updated on fact.{{ key }} = updated.row_key
    where {{ only }}
{%- endmacro %}
