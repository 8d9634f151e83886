{#-
  The rows of a feed that hold as of the night's date: those that occurred by then (event feeds), whose
  version was current by then, and that no later version had replaced by then. A version counts from
  the business day of its updated_at, or from the night that brought it where it has none. Deleted
  rows of event feeds are gone; entity feeds keep them, flagged.

  Besides the feed's columns a row carries what its batch says: night_on, night_end_at,
  is_first_batch, lag_seconds.
-#}
{% macro current_rows(feed, kind='event') -%}
    select
        feed.*,
        batch.night_on,
        {{ utc_timestamp('batch.night_end_at') }} as night_end_at,
        batch.is_first as is_first_batch,
        batch.lag_seconds
    from {{ source('feeds', feed) }} as feed
    left join {{ source('feeds', 'batch') }} as batch
        on feed.source_name = batch.source and feed.batch = batch.batch
    left join (
        select superseded.row_id, min(coalesce(superseded.version_on, night.night_on)) as superseded_on
        from {{ source('feeds', 'superseded_' ~ feed) }} as superseded
        left join (
            select batch, max(night_on) as night_on
            from {{ source('feeds', 'batch') }}
            group by batch
        ) as night on superseded.batch = night.batch
        group by superseded.row_id
    ) as replaced
        on feed.row_id = replaced.row_id
        and replaced.superseded_on <= {{ as_of() }}
    where replaced.row_id is null
        and (
            not feed.is_superseding
            or coalesce({{ business_date(utc_timestamp('feed.version_at')) }}, batch.night_on) <= {{ as_of() }}
        )
    {%- if kind == 'event' %}
        and feed.occurred_on <= {{ as_of() }}
        and not coalesce(feed.is_deleted, false)
    {%- endif %}
{%- endmacro %}

{#- The business date that today means, as a date. -#}
{% macro as_of() %}cast('{{ night("as_of") }}' as date){% endmacro %}
