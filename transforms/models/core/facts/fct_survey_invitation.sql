{{ config(materialized='table') }}

with

invitations as (
    select * from {{ ref('base_survey_invitations') }}
),

responses as (
    select * from {{ ref('base_survey_responses') }}
    where invitation_id is not null
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

orders as (
    select * from {{ ref('order_lookup') }}
),

contacts as (
    select * from {{ ref('contact_lookup') }}
),

answered as (
    select
        invitation_id,
        max(case when coalesce(is_complete, true) then 1 else 0 end) as any_complete,
        min(responded_at) as responded_at
    from responses
    group by invitation_id
),

joined as (
    select
        invitations.*,
        answered.responded_at,
        answered.any_complete,
        coalesce(own_order.order_key, other_order.order_key) as order_key,
        coalesce(own_contact.interaction_key, other_contact.interaction_key) as interaction_key,
        coalesce(
            identities.customer_id, own_order.customer_id, other_order.customer_id,
            own_contact.customer_id, other_contact.customer_id
        ) as customer_id,
        case
            when identities.customer_id is not null then invitations.identity_key
            when own_order.customer_id is not null then own_order.identity_key
            when other_order.customer_id is not null then other_order.identity_key
            when own_contact.customer_id is not null then own_contact.identity_key
            when other_contact.customer_id is not null then other_contact.identity_key
            else invitations.identity_key
        end as resolved_key
    from invitations
    left join answered on invitations.invitation_id = answered.invitation_id
    left join identities
        on invitations.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'invitations.occurred_on') }}
    left join orders as own_order
        on invitations.source_system = own_order.source_system
        and invitations.order_id = own_order.order_id
    -- The only order of its id is the own one where there is an own one. Saying so in the condition
    -- would make a nested loop of the join: a hundred times the time.
    left join orders as other_order
        on invitations.order_id = other_order.unique_order_id
    left join contacts as own_contact
        on invitations.source_system = own_contact.source_system
        and invitations.interaction_id = own_contact.interaction_id
    left join contacts as other_contact
        on invitations.interaction_id = other_contact.unique_interaction_id
),

-- What became of an ask: as the source says, else as far as the answers and opens show. An ask that
-- shows nothing stays unknown, which AAPOR's rates count apart.
final as (
    select
        invitation_key,
        source_system,
        invitation_id,
        survey_id,
        customer_id,
        resolved_key as identity_key,
        sent_at,
        occurred_on as sent_on,
        program_type,
        channel,
        coalesce(
            disposition,
            case
                when any_complete = 1 then 'complete'
                when any_complete = 0 then 'partial'
                when started_at is not null then 'break_off'
                when delivered_at is not null or opened_at is not null then 'no_response'
            end
        ) as disposition,
        responded_at is not null as has_response,
        delivered_at,
        opened_at,
        started_at,
        responded_at,
        touchpoint,
        order_key,
        order_id,
        interaction_key,
        interaction_id,
        cost_amount,
        known_at
    from joined
)

select * from final
