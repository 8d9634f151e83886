with

responses as (
    select * from {{ ref('base_survey_responses') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

invitations as (
    select * from {{ ref('fct_survey_invitation') }}
),

orders as (
    select * from {{ ref('order_lookup') }}
),

contacts as (
    select * from {{ ref('contact_lookup') }}
),

-- An answer names its order and contact itself, or the ask that it answers does.
named as (
    select
        responses.response_key,
        responses.source_system,
        responses.identity_key,
        identities.customer_id,
        coalesce(responses.order_id, invitations.order_id) as order_id,
        coalesce(responses.interaction_id, invitations.interaction_id) as interaction_id,
        invitations.identity_key as asked_key,
        invitations.customer_id as asked_customer_id,
        invitations.program_type,
        invitations.touchpoint
    from responses
    left join identities
        on responses.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'responses.occurred_on') }}
    left join invitations on responses.invitation_id = invitations.invitation_id
),

joined as (
    select
        named.*,
        coalesce(own_order.order_key, other_order.order_key) as order_key,
        coalesce(own_order.customer_id, other_order.customer_id) as order_customer_id,
        coalesce(own_order.identity_key, other_order.identity_key) as order_identity_key,
        coalesce(own_order.status, other_order.status) as order_status,
        coalesce(own_order.delivery_status, other_order.delivery_status) as delivery_status,
        coalesce(own_order.channel, other_order.channel) as order_channel,
        coalesce(own_order.store_id, other_order.store_id) as order_store_id,
        coalesce(own_contact.interaction_key, other_contact.interaction_key) as interaction_key,
        coalesce(own_contact.customer_id, other_contact.customer_id) as contact_customer_id,
        coalesce(own_contact.identity_key, other_contact.identity_key) as contact_identity_key,
        coalesce(own_contact.channel, other_contact.channel) as contact_channel,
        coalesce(own_contact.touchpoint, other_contact.touchpoint) as contact_touchpoint,
        coalesce(own_contact.agent_id, other_contact.agent_id) as contact_agent_id,
        coalesce(own_contact.team, other_contact.team) as contact_team,
        coalesce(own_contact.store_id, other_contact.store_id) as contact_store_id
    from named
    left join orders as own_order
        on named.source_system = own_order.source_system
        and named.order_id = own_order.order_id
    -- The only order of its id is the own one where there is an own one. Saying so in the condition
    -- would make a nested loop of the join: a hundred times the time.
    left join orders as other_order
        on named.order_id = other_order.unique_order_id
    left join contacts as own_contact
        on named.source_system = own_contact.source_system
        and named.interaction_id = own_contact.interaction_id
    left join contacts as other_contact
        on named.interaction_id = other_contact.unique_interaction_id
),

final as (
    select
        response_key,
        coalesce(customer_id, asked_customer_id, order_customer_id, contact_customer_id) as customer_id,
        case
            when customer_id is not null then identity_key
            when asked_customer_id is not null then asked_key
            when order_customer_id is not null then order_identity_key
            when contact_customer_id is not null then contact_identity_key
            else coalesce(identity_key, asked_key, order_identity_key, contact_identity_key)
        end as identity_key,
        program_type,
        coalesce(touchpoint, contact_touchpoint) as touchpoint,
        order_key,
        order_id,
        order_status,
        delivery_status,
        interaction_key,
        contact_agent_id as agent_id,
        contact_team as team,
        coalesce(contact_channel, order_channel) as channel,
        coalesce(contact_store_id, order_store_id) as store_id
    from joined
)

select * from final
