with

source as (
    {{ current_rows('survey_invitations') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['invitation_id']) }} as invitation_key,
        source_system,
        invitation_id,
        survey_id,
        order_id,
        interaction_id,
        identity_key,

        -- text
        program_type,
        channel,
        disposition,
        touchpoint,

        -- numbers
        cost_amount,

        -- times
        {{ utc_timestamp('sent_at') }} as sent_at,
        {{ utc_timestamp('delivered_at') }} as delivered_at,
        {{ utc_timestamp('opened_at') }} as opened_at,
        {{ utc_timestamp('started_at') }} as started_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('sent_at')) }} as known_at
    from source
)

select * from renamed
