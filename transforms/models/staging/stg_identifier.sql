-- A record without a time of its own was seen in the night that took it in, at the end of its business
-- date: not when the run happened to read it, so that a night that is made up for later says the same.
with

source as (
    select
        feed.*,
        batch.night_on,
        {{ utc_timestamp('batch.night_end_at') }} as night_end_at,
        batch.is_first as is_first_batch,
        batch.lag_seconds
    from {{ source('feeds', 'identifier') }} as feed
    left join {{ source('feeds', 'batch') }} as batch
        on feed.source_name = batch.source and feed.batch = batch.batch
    where feed.row_occurred_on <= {{ as_of() }}
        or (feed.row_occurred_on is null and coalesce(batch.night_on <= {{ as_of() }}, true))
),

seen as (
    select
        *,
        case
            when row_occurred_on is null then coalesce(night_end_at, {{ utc_timestamp('first_seen_at') }})
            else {{ utc_timestamp('first_seen_at') }}
        end as seen_first_at,
        case
            when row_occurred_on is null then coalesce(night_end_at, {{ utc_timestamp('last_seen_at') }})
            else {{ utc_timestamp('last_seen_at') }}
        end as seen_last_at
    from source
),

renamed as (
    select
        -- keys
        identity_key,
        identifier_type,
        identifier_key,
        source_system,
        source_customer_id,

        -- numbers
        n_rows,

        -- flags
        is_placeholder,

        -- times
        seen_first_at as first_seen_at,
        seen_last_at as last_seen_at,
        coalesce(row_occurred_on, night_on) as seen_on,
        coalesce(
            {{ utc_timestamp('known_at') }},
            case
                when is_first_batch then {{ add_seconds('seen_first_at', 'coalesce(lag_seconds, 0)') }}
                else {{ later_of('seen_first_at', 'night_end_at') }}
            end
        ) as known_at
    from seen
)

select * from renamed
