with

source as (
    {{ current_rows('customer_records', kind='entity') }}
),

renamed as (
    select
        -- keys
        source_system,
        source_customer_id,
        account_id,
        identity_key,

        -- text
        given_name,
        family_name,
        full_name,
        gender,
        street,
        city,
        region,
        postal_code,
        country,
        company_name,
        language,
        account_status,
        preferred_channel,
        email,
        phone,
        national_id,

        -- flags
        coalesce(is_deleted, false) as is_deleted,

        -- times
        birth_date,
        {{ utc_timestamp('registered_at') }} as registered_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        {{ known_at(utc_timestamp('registered_at')) }} as known_at
    from source
)

select * from renamed
