with

records as (
    select * from {{ ref('stg_customer_records') }}
    where not is_deleted
),

final as (
    select
        identity_key,
        source_system,
        given_name,
        family_name,
        full_name,
        birth_date,
        email,
        phone,
        postal_code,
        country,
        updated_at
    from records
)

select * from final
