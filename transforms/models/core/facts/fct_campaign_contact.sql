with

facts as (
    select * from {{ ref('base_campaign_contacts') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

final as (
    select
        facts.campaign_contact_key,
        facts.source_system,
        facts.contact_id,
        identities.customer_id,
        facts.identity_key,
        facts.occurred_at,
        facts.occurred_on,
        facts.offer_id,
        facts.campaign_id,
        facts.channel,
        facts.is_control,
        facts.responded_at,
        facts.converted_at,
        facts.cost_amount,
        facts.known_at
    from facts
    left join identities
        on facts.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'facts.occurred_on') }}
)

select * from final
