with

facts as (
    select * from {{ ref('base_case_events') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

cases as (
    select * from {{ ref('case_customer') }}
),

-- Most steps of a case name no person; the case does.
final as (
    select
        facts.case_event_key,
        facts.source_system,
        facts.case_ref,
        coalesce(identities.customer_id, cases.customer_id) as customer_id,
        case
            when identities.customer_id is not null then facts.identity_key
            else coalesce(cases.identity_key, facts.identity_key)
        end as identity_key,
        facts.occurred_at,
        facts.occurred_on,
        facts.event,
        facts.value,
        facts.agent_id,
        facts.team,
        facts.priority,
        facts.reason,
        facts.known_at
    from facts
    left join identities
        on facts.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'facts.occurred_on') }}
    left join cases on facts.case_ref = cases.case_ref
)

select * from final
