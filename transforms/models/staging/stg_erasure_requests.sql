with

source as (
    {{ current_rows('erasure_requests') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['request_id']) }} as erasure_request_key,
        source_system,
        request_id,
        identity_key,

        -- times
        {{ utc_timestamp('requested_at') }} as requested_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('requested_at')) }} as known_at
    from source
)

select * from renamed
