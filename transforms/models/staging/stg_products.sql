with

source as (
    {{ current_rows('products', kind='entity') }}
),

renamed as (
    select
        -- keys
        source_system,
        product_id,

        -- text
        name,
        category,

        -- numbers
        price,

        -- flags
        has_defect_disclosure,
        coalesce(is_deleted, false) as is_deleted,

        -- times
        {{ utc_timestamp('updated_at') }} as updated_at,
        {{ known_at() }} as known_at
    from source
)

select * from renamed
