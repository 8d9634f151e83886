with

case_events as (
    select case_ref, identity_key, occurred_on from {{ ref('base_case_events') }}
),

contacts as (
    select case_ref, identity_key, occurred_on from {{ ref('base_interactions') }}
    where case_ref is not null
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

seen as (
    select * from case_events
    union all
    select * from contacts
),

-- A case that several customers share belongs to none of them alone.
final as (
    select
        seen.case_ref,
        min(identities.customer_id) as customer_id,
        min(seen.identity_key) as identity_key
    from seen
    inner join identities
        on seen.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'seen.occurred_on') }}
    group by seen.case_ref
    having min(identities.customer_id) = max(identities.customer_id)
)

select * from final
