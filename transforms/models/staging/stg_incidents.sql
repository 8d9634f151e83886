with

source as (
    {{ current_rows('incidents') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['incident_id']) }} as incident_key,
        source_system,
        incident_id,
        product_id,

        -- text
        touchpoint,
        region,

        -- times
        {{ utc_timestamp('started_at') }} as started_at,
        {{ utc_timestamp('ended_at') }} as ended_at,
        {{ utc_timestamp('notice_sent_at') }} as notice_sent_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('started_at')) }} as known_at
    from source
)

select * from renamed
