with

source as (
    {{ current_rows('consents') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['identity_key', 'purpose', 'channel', epoch_us(utc_timestamp('decided_at'))]) }} as consent_key,
        source_system,
        identity_key,

        -- text
        purpose,
        channel,
        status,
        legal_basis,

        -- times
        {{ utc_timestamp('decided_at') }} as decided_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('decided_at')) }} as known_at
    from source
)

select * from renamed
