with

source as (
    {{ current_rows('case_events') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['case_ref', epoch_us(utc_timestamp('occurred_at')), 'event']) }} as case_event_key,
        source_system,
        case_ref,
        agent_id,
        identity_key,

        -- text
        event,
        value,
        team,
        priority,
        reason,

        -- times
        {{ utc_timestamp('occurred_at') }} as occurred_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('occurred_at')) }} as known_at
    from source
)

select * from renamed
