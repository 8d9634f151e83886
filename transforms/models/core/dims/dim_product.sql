with

products as (
    select * from {{ ref('stg_products') }}
),

final as (
    select
        product_id,
        source_system,
        name,
        category,
        price,
        coalesce(has_defect_disclosure, false) as has_defect_disclosure,
        is_deleted,
        known_at
    from products
)

select * from final
