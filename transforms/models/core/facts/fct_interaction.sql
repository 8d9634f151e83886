with

facts as (
    select * from {{ ref('base_interactions') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

final as (
    select
        facts.interaction_key,
        facts.source_system,
        facts.interaction_id,
        identities.customer_id,
        facts.identity_key,
        facts.occurred_at,
        facts.occurred_on,
        facts.channel,
        facts.interaction_type,
        facts.is_contact,
        facts.touchpoint,
        facts.stage,
        facts.direction,
        facts.session_id,
        facts.agent_id,
        facts.team,
        facts.queue,
        facts.wait_seconds,
        facts.talk_seconds,
        facts.hold_seconds,
        facts.wrap_seconds,
        facts.handle_seconds,
        facts.reason,
        facts.outcome,
        facts.is_resolved,
        facts.case_ref,
        facts.campaign_id,
        facts.content_ref,
        facts.store_id,
        facts.is_public,
        facts.is_bot,
        facts.known_at
    from facts
    left join identities
        on facts.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'facts.occurred_on') }}
)

select * from final
