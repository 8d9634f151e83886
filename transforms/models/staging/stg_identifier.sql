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
        {{ utc_timestamp('first_seen_at') }} as first_seen_at,
        {{ utc_timestamp('last_seen_at') }} as last_seen_at,
        coalesce(
            {{ utc_timestamp('known_at') }},
            case
                when is_first_batch then {{ add_seconds(utc_timestamp('first_seen_at'), 'coalesce(lag_seconds, 0)') }}
                else {{ later_of(utc_timestamp('first_seen_at'), 'night_end_at') }}
            end
        ) as known_at
    from source
)

select * from renamed
