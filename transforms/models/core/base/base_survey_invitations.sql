{{ config(meta={'feed': 'survey_invitations'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_survey_invitations') }}
    where {{ in_touched_days('survey_invitations') }}
),

final as (
    select
        invitation_key,
        source_system,
        invitation_id,
        survey_id,
        identity_key,
        occurred_on,
        sent_at,
        program_type,
        channel,
        disposition,
        delivered_at,
        opened_at,
        started_at,
        touchpoint,
        order_id,
        interaction_id,
        cost_amount,
        known_at
    from rows_of_days
)

select * from final
