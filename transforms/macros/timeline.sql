{#-
  One kind of entry of the customer's timeline: each branch of its union gives the same columns, so
  they are written in one place. Times in the future are not entries yet: the caller's condition.
-#}
{%- macro timeline_entry(
    relation, key, at, day, kind, name='null', channel='null', touchpoint='null', stage='null',
    amount='null', score='null', condition='true'
) %}
    select
        {{ md5_key([key, "'" ~ kind ~ "'"]) }} as timeline_key,
        customer_id,
        {{ at }} as occurred_at,
        {{ day }} as occurred_on,
        cast('{{ kind }}' as {{ type_text() }}) as entry_kind,
        cast({{ name }} as {{ type_text() }}) as entry_name,
        {{ key }} as entry_key,
        cast({{ channel }} as {{ type_text() }}) as channel,
        cast({{ touchpoint }} as {{ type_text() }}) as touchpoint,
        cast({{ stage }} as {{ type_text() }}) as stage,
        cast({{ amount }} as {{ type_money() }}) as amount,
        cast({{ score }} as {{ type_number() }}) as score,
        known_at
    from {{ ref(relation) }}
    where customer_id is not null and {{ condition }}
{%- endmacro %}
