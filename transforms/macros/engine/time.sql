{#-
  Time on each engine. Timestamps in models are UTC without a zone; days are the business zone's.
  Differences are of integer microseconds. What belongs here: conversion and arithmetic of time, and
  nothing that decides what a time means (see feeds/known_at.sql).
-#}

{#- TIMESTAMP in UTC from a timestamp with a zone, or from ISO 8601 text. By way of the microseconds on
    DuckDB: `at time zone 'UTC'` goes through a calendar and takes 17 times as long. -#}
{% macro utc_timestamp(expression) %}{{ return(adapter.dispatch('utc_timestamp')(expression)) }}{% endmacro %}
{% macro duckdb__utc_timestamp(expression) %}make_timestamp(epoch_us(cast({{ expression }} as timestamptz))){% endmacro %}
{% macro spark__utc_timestamp(expression) %}cast({{ expression }} as timestamp){% endmacro %}

{#- Day of the business zone in which a UTC timestamp falls. -#}
{% macro business_date(moment) %}{{ return(adapter.dispatch('business_date')(moment)) }}{% endmacro %}
{% macro duckdb__business_date(moment) %}cast(({{ moment }} at time zone 'UTC') at time zone '{{ var("timezone") }}' as date){% endmacro %}
{% macro spark__business_date(moment) %}to_date(from_utc_timestamp({{ moment }}, '{{ var("timezone") }}')){% endmacro %}

{#- Day of a zone, an expression, in which a UTC timestamp falls. -#}
{% macro local_date(moment, zone) %}{{ return(adapter.dispatch('local_date')(moment, zone)) }}{% endmacro %}
{% macro duckdb__local_date(moment, zone) %}cast(({{ moment }} at time zone 'UTC') at time zone {{ zone }} as date){% endmacro %}
{% macro spark__local_date(moment, zone) %}to_date(from_utc_timestamp({{ moment }}, {{ zone }})){% endmacro %}

{#- UTC timestamp at which a business day begins. -#}
{% macro day_start(day) %}{{ return(adapter.dispatch('day_start')(day)) }}{% endmacro %}
{% macro duckdb__day_start(day) %}((cast({{ day }} as timestamp) at time zone '{{ var("timezone") }}') at time zone 'UTC'){% endmacro %}
{% macro spark__day_start(day) %}to_utc_timestamp(cast({{ day }} as timestamp), '{{ var("timezone") }}'){% endmacro %}

{#- Microseconds since 1970, as an integer. -#}
{% macro epoch_us(moment) %}{{ return(adapter.dispatch('epoch_us')(moment)) }}{% endmacro %}
{% macro duckdb__epoch_us(moment) %}epoch_us({{ moment }}){% endmacro %}
{% macro spark__epoch_us(moment) %}unix_micros({{ moment }}){% endmacro %}

{#- Seconds from one timestamp to another, as a double. -#}
{% macro seconds_between(start, finish) %}(cast({{ epoch_us(finish) }} - {{ epoch_us(start) }} as double) / 1000000.0e0){% endmacro %}

{#- A timestamp moved by a whole number of seconds. -#}
{% macro add_seconds(moment, seconds) %}{{ return(adapter.dispatch('add_seconds')(moment, seconds)) }}{% endmacro %}
{% macro duckdb__add_seconds(moment, seconds) %}make_timestamp(epoch_us({{ moment }}) + cast({{ seconds }} as bigint) * 1000000){% endmacro %}
{% macro spark__add_seconds(moment, seconds) %}timestamp_micros(unix_micros({{ moment }}) + cast({{ seconds }} as bigint) * 1000000){% endmacro %}

{% macro add_days(day, n) %}{{ return(adapter.dispatch('add_days')(day, n)) }}{% endmacro %}
{% macro duckdb__add_days(day, n) %}({{ day }} + cast({{ n }} as integer)){% endmacro %}
{% macro spark__add_days(day, n) %}date_add({{ day }}, cast({{ n }} as int)){% endmacro %}

{#- Whole days from one date to another. -#}
{% macro days_between(start, finish) %}{{ return(adapter.dispatch('days_between')(start, finish)) }}{% endmacro %}
{% macro duckdb__days_between(start, finish) %}cast({{ finish }} - {{ start }} as bigint){% endmacro %}
{% macro spark__days_between(start, finish) %}cast(datediff({{ finish }}, {{ start }}) as bigint){% endmacro %}

{% macro week_start(day) %}{{ return(adapter.dispatch('period_start')('week', day)) }}{% endmacro %}
{% macro month_start(day) %}{{ return(adapter.dispatch('period_start')('month', day)) }}{% endmacro %}
{% macro quarter_start(day) %}{{ return(adapter.dispatch('period_start')('quarter', day)) }}{% endmacro %}
{% macro year_start(day) %}{{ return(adapter.dispatch('period_start')('year', day)) }}{% endmacro %}
{% macro duckdb__period_start(grain, day) %}cast(date_trunc('{{ grain }}', {{ day }}) as date){% endmacro %}
{% macro spark__period_start(grain, day) %}trunc({{ day }}, '{{ grain }}'){% endmacro %}

{#- Day of the week by ISO 8601: Monday 1 to Sunday 7. -#}
{% macro iso_weekday(day) %}{{ return(adapter.dispatch('iso_weekday')(day)) }}{% endmacro %}
{% macro duckdb__iso_weekday(day) %}cast(isodow({{ day }}) as bigint){% endmacro %}
{% macro spark__iso_weekday(day) %}cast(weekday({{ day }}) + 1 as bigint){% endmacro %}

{#- Makes a row of each day from start to finish, both included; stands alone in a select. -#}
{% macro each_day(start, finish) %}{{ return(adapter.dispatch('each_day')(start, finish)) }}{% endmacro %}
{% macro duckdb__each_day(start, finish) %}cast(unnest(generate_series(cast({{ start }} as timestamp), cast({{ finish }} as timestamp), interval 1 day)) as date){% endmacro %}
{% macro spark__each_day(start, finish) %}explode(sequence({{ start }}, {{ finish }}, interval 1 day)){% endmacro %}

{#- A relation with one column, date_on: every day from start to finish. -#}
{% macro date_spine(start, finish) %}select {{ each_day(start, finish) }} as date_on{% endmacro %}

{#- The later of two timestamps; the one that is there where the other is NULL. -#}
{% macro later_of(one, other) %}case when {{ one }} is null or {{ other }} > {{ one }} then coalesce({{ other }}, {{ one }}) else {{ one }} end{% endmacro %}

{#- Parts of a date, as integers: year, quarter, month, day. -#}
{% macro date_part_of(part, day) %}cast(extract({{ part }} from {{ day }}) as bigint){% endmacro %}
