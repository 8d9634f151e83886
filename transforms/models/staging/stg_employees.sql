with

source as (
    {{ current_rows('employees', kind='entity') }}
),

renamed as (
    select
        -- keys
        source_system,
        agent_id,

        -- text
        team,
        site,

        -- flags
        coalesce(is_deleted, false) as is_deleted,

        -- times
        hired_on,
        ended_on,
        {{ utc_timestamp('updated_at') }} as updated_at,
        {{ known_at() }} as known_at
    from source
)

select * from renamed
