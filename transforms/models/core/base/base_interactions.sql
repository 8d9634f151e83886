{{ config(meta={'feed': 'interactions'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_interactions') }}
    where {{ in_touched_days('interactions') }}
),

final as (
    select
        interaction_key,
        source_system,
        interaction_id,
        identity_key,
        occurred_on,
        occurred_at,
        channel,
        interaction_type,
        interaction_type in ('call', 'chat', 'email', 'message', 'contact_form') as is_contact,
        touchpoint,
        stage,
        direction,
        session_id,
        agent_id,
        team,
        queue,
        wait_seconds,
        talk_seconds,
        hold_seconds,
        wrap_seconds,
        handle_seconds,
        reason,
        outcome,
        is_resolved,
        case_ref,
        campaign_id,
        content_ref,
        store_id,
        coalesce(is_public, false) as is_public,
        coalesce(is_bot, false) as is_bot,
        known_at
    from rows_of_days
)

select * from final
