with

asked_about as (
    select interaction_id from {{ ref('base_survey_responses') }}
    where interaction_id is not null
    union
    select interaction_id from {{ ref('base_survey_invitations') }}
    where interaction_id is not null
),

interactions as (
    select * from {{ ref('base_interactions') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

named as (
    select interactions.*
    from interactions
    inner join asked_about on interactions.interaction_id = asked_about.interaction_id
),

unique_ids as (
    select interaction_id
    from named
    group by interaction_id
    having count(*) = 1
),

final as (
    select
        named.interaction_key,
        named.source_system,
        named.interaction_id,
        unique_ids.interaction_id as unique_interaction_id,
        named.identity_key,
        identities.customer_id,
        named.channel,
        named.touchpoint,
        named.agent_id,
        named.team,
        named.store_id
    from named
    left join unique_ids on named.interaction_id = unique_ids.interaction_id
    left join identities
        on named.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'named.occurred_on') }}
)

select * from final
