{#-
  When the company could have known a row of current_rows(): as given; else when it was received,
  that is at the end of the night that took it in. A source's first batch brings its whole past at
  once: there it is the time of the event plus the source's lag. Entities without a time of their
  own are taken as known from the start in a first batch.
-#}
{% macro known_at(event_at='cast(null as timestamp)') -%}
    cast(coalesce(
        {{ utc_timestamp('known_at') }},
        case
            when is_first_batch and {{ event_at }} is null then cast('1970-01-01' as timestamp)
            when is_first_batch then {{ add_seconds(event_at, 'coalesce(lag_seconds, 0)') }}
            else {{ later_of(event_at, 'night_end_at') }}
        end,
        {{ utc_timestamp('received_at') }}
    ) as timestamp)
{%- endmacro %}
