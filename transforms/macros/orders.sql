{#- What is decided about orders and their lines in one place. -#}

{#-
  Whether the promise was kept, by local dates: NULL for a cancelled order, one without a promise,
  and one that has not arrived.
-#}
{% macro delivery_status(status, delivered_on, promised_on, is_cancelled) -%}
    case
        when {{ is_cancelled }} then null
        when {{ delivered_on }} > {{ promised_on }} then 'late'
        when {{ delivered_on }} <= {{ promised_on }} then 'on_time'
        when {{ status }} = 'delivered' and {{ delivered_on }} is null then 'no_delivery_date'
    end
{%- endmacro %}

{#- A text by which the lines of an order stand in their own order, with a unique end. -#}
{% macro line_order(relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    lpad(cast({{ epoch_us(prefix ~ 'occurred_at') }} as {{ type_text() }}), 20, '0')
    || lpad(coalesce(cast({{ prefix }}line_number as {{ type_text() }}), ''), 10, '0')
    || {{ prefix }}transaction_key
{%- endmacro %}
