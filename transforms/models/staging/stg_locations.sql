with

source as (
    {{ current_rows('locations', kind='entity') }}
),

renamed as (
    select
        -- keys
        source_system,
        store_id,

        -- text
        name,
        country,
        region,
        timezone,

        -- flags
        coalesce(is_deleted, false) as is_deleted,

        -- times
        opened_on,
        {{ utc_timestamp('updated_at') }} as updated_at,
        {{ known_at() }} as known_at
    from source
)

select * from renamed
