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
  First business day at whose end a fact was known. Most facts are known when they occur: only the
  others pay for the conversion of zones. What is known on the stroke of midnight is known at the
  end of the day before.
-#}
{% macro known_on(known_at, occurred_at, occurred_on) -%}
    case
        when {{ known_at }} <= {{ occurred_at }} then {{ occurred_on }}
        when {{ known_at }} = {{ day_start(business_date(known_at)) }} then {{ add_days(business_date(known_at), -1) }}
        else {{ business_date(known_at) }}
    end
{%- endmacro %}

{#- Condition: a day lies in the last n days up to a cut-off, both ends within. -#}
{% macro within_days(day, cutoff, n) -%}
({{ day }} > {{ add_days(cutoff, -(n | int)) }} and {{ day }} <= {{ cutoff }})
{%- endmacro %}

{#- Rows of a fact that could be attributed to a customer by then: the later of fact and identity. -#}
{% macro known_identity() -%}
    select
        identity_key,
        customer_id,
        {{ known_on('known_at', "cast('1970-01-02' as timestamp)", "cast('1970-01-01' as date)") }} as known_on
    from {{ ref('identity_map') }}
{%- endmacro %}

{#- A fact's rows, by default those of known customers, with first_known_at: when the first version was
    known. A row that was corrected later is not lost to the cut-offs before. -#}
{% macro with_first_known(fact, key, feed, only='fact.customer_id is not null') -%}
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
