with

locations as (
    select * from {{ ref('stg_locations') }}
),

final as (
    select
        store_id,
        source_system,
        name,
        country,
        region,
        timezone,
        opened_on,
        is_deleted
    from locations
)

select * from final
