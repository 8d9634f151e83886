-- Cases: when opened, first answered in public, first and last solved, and whether opened again.
-- A case without a step `opened` begins with its first step. Who answered first is whose case it is.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with steps as (
    select
        case_ref,
        customer_id,
        occurred_at,
        event,
        agent_id,
        team,
        reason,
        min(case when event = 'opened' then occurred_at end) over (partition by case_ref) as first_opened_at,
        min(occurred_at) over (partition by case_ref) as first_step_at,
        row_number() over (
            partition by case_ref
            order by
                case when event = 'public_reply' then 0 else 1 end asc nulls last,
                case when team is not null then 0 else 1 end asc nulls last,
                occurred_at asc nulls last,
                case_event_key asc nulls last
        ) as place_as_owner
    from {{ ref('fct_case_event') }}
),

cases as (
    select
        case_ref,
        max(customer_id) as customer_id,
        coalesce(min(first_opened_at), min(first_step_at)) as opened_at,
        min(case when event = 'public_reply' and occurred_at >= coalesce(first_opened_at, first_step_at)
            then occurred_at end) as replied_at,
        min(case when event = 'solved' then occurred_at end) as first_solved_at,
        max(case when event = 'solved' then occurred_at end) as last_solved_at,
        max(case when event = 'reopened' then occurred_at end) as last_reopened_at,
        max(case when place_as_owner = 1 then team end) as team,
        max(case when place_as_owner = 1 then agent_id end) as agent_id,
        max(reason) as reason
    from steps
    group by case_ref
),

first_contact as (
    select
        case_ref,
        channel,
        touchpoint,
        store_id,
        row_number() over (
            partition by case_ref order by occurred_at asc nulls last, interaction_key asc nulls last
        ) as place
    from {{ ref('int_contact') }}
    where case_ref is not null
)

select
    cases.*,
    {{ business_date('cases.opened_at') }} as opened_on,
    {{ business_date('cases.first_solved_at') }} as first_solved_on,
    coalesce(cases.last_reopened_at > cases.first_solved_at, false) as is_reopened,
    coalesce(cases.customer_id, cases.case_ref) as cluster_id,
    first_contact.channel,
    first_contact.touchpoint,
    first_contact.store_id,
    golden_customer.region,
    golden_customer.country,
    golden_customer.language
from cases
left join first_contact on cases.case_ref = first_contact.case_ref and first_contact.place = 1
left join {{ ref('golden_customer') }} as golden_customer
    on cases.customer_id = golden_customer.customer_id
