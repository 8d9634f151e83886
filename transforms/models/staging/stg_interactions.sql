with

source as (
    {{ current_rows('interactions') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['source_system', 'interaction_id']) }} as interaction_key,
        source_system,
        interaction_id,
        session_id,
        agent_id,
        case_ref,
        campaign_id,
        content_ref,
        store_id,
        identity_key,

        -- text
        channel,
        interaction_type,
        touchpoint,
        stage,
        direction,
        team,
        queue,
        reason,
        outcome,
        text,

        -- numbers
        wait_seconds,
        talk_seconds,
        hold_seconds,
        wrap_seconds,
        handle_seconds,
        latitude,
        longitude,

        -- flags
        is_resolved,
        is_public,
        is_bot,

        -- times
        {{ utc_timestamp('occurred_at') }} as occurred_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('occurred_at')) }} as known_at
    from source
)

select * from renamed
