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
        gender,
        email,
        phone,
        national_id,
        street,
        city,
        postal_code,
        country,
        account_id,
        updated_at
    from records
)

select * from final
