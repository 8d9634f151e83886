with

source as (
    {{ current_rows('campaign_contacts') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['contact_id']) }} as campaign_contact_key,
        source_system,
        contact_id,
        offer_id,
        campaign_id,
        identity_key,

        -- text
        channel,

        -- numbers
        cost_amount,

        -- flags
        is_control,

        -- times
        {{ utc_timestamp('occurred_at') }} as occurred_at,
        {{ utc_timestamp('responded_at') }} as responded_at,
        {{ utc_timestamp('converted_at') }} as converted_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('occurred_at')) }} as known_at
    from source
)

select * from renamed
