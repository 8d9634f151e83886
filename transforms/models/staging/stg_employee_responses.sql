with

source as (
    {{ current_rows('employee_responses') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['response_id']) }} as employee_response_key,
        source_system,
        response_id,
        campaign_id,

        -- text
        team,
        metric_type,
        comment,

        -- numbers
        score,

        -- times
        {{ utc_timestamp('responded_at') }} as responded_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('responded_at')) }} as known_at
    from source
)

select * from renamed
