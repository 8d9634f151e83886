with

source as (
    {{ current_rows('survey_responses') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['survey_id', 'response_id', 'question_id']) }} as response_key,
        source_system,
        survey_id,
        response_id,
        question_id,
        submission_id,
        invitation_id,
        order_id,
        interaction_id,
        agent_id,
        identity_key,

        -- text
        metric_type,
        program_type,
        wave,
        question_text,
        comment,
        language,
        touchpoint,
        collection_mode,
        placement,

        -- numbers
        question_order,
        score,
        scale_min,
        scale_max,

        -- flags
        is_complete,

        -- times
        {{ utc_timestamp('responded_at') }} as responded_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('responded_at')) }} as known_at
    from source
)

select * from renamed
