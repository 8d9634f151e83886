{{ config(meta={'feed': 'survey_responses'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_survey_responses') }}
    where {{ in_touched_days('survey_responses') }}
),

scaled as (
    select
        *,
        coalesce(scale_min, {{ default_scale('metric_type', 'min') }}) as lowest,
        coalesce(scale_max, {{ default_scale('metric_type', 'max') }}) as highest
    from rows_of_days
),

final as (
    select
        response_key,
        source_system,
        survey_id,
        response_id,
        question_id,
        submission_id,
        identity_key,
        occurred_on,
        responded_at,
        metric_type,
        program_type,
        wave,
        is_complete,
        question_order,
        {{ question_version() }} as questionnaire_version,
        score,
        lowest as scale_min,
        highest as scale_max,
        {{ is_valid_score('lowest', 'highest') }} as is_valid,
        language,
        invitation_id,
        touchpoint,
        order_id,
        interaction_id,
        agent_id,
        collection_mode,
        placement,
        comment is not null as has_comment,
        known_at
    from scaled
)

select * from final
