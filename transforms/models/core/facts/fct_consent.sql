with

facts as (
    select * from {{ ref('base_consents') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

final as (
    select
        facts.consent_key,
        facts.source_system,
        identities.customer_id,
        facts.identity_key,
        facts.decided_at,
        facts.occurred_on as decided_on,
        facts.purpose,
        facts.channel,
        facts.status,
        facts.legal_basis,
        facts.known_at
    from facts
    left join identities
        on facts.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'facts.occurred_on') }}
)

select * from final
