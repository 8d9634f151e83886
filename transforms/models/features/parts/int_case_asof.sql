-- Cases of each customer as known at each cut-off: open unless solved after it was last opened.
{{ config(materialized='ephemeral') }}

with

versions as (
    {{ with_first_known('fct_case_event', 'case_event_key', 'case_events') }}
),

events as (
    select
        *,
        {{ known_on('first_known_at', 'occurred_at', 'occurred_on') }} as event_known_on
    from versions
),

identities as (
    select * from {{ ref('int_known_key') }}
),

cases as (
    select
        identities.customer_id,
        cutoffs.as_of_on,
        events.case_ref,
        min(events.occurred_on) as first_on,
        max(case when events.event in ('opened', 'reopened') then events.occurred_at end) as opened_at,
        max(case
            when events.event = 'solved' or (events.event = 'status' and events.value in ('solved', 'closed'))
                then events.occurred_at
        end) as solved_at
    from events
    inner join identities
        on events.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'events.occurred_on') }}
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on identities.customer_id = cutoffs.customer_id
        and events.occurred_on <= cutoffs.as_of_on
        and events.event_known_on <= cutoffs.as_of_on
        and {{ held_at('identities', 'cutoffs.as_of_on') }}
    group by identities.customer_id, cutoffs.as_of_on, events.case_ref
),

final as (
    select
        customer_id,
        as_of_on,
        sum(case when solved_at is null or solved_at < opened_at then 1 else 0 end) as n_open_cases,
        sum(case when {{ within_days('first_on', 'as_of_on', 365) }} then 1 else 0 end) as n_cases_365d
    from cases
    group by customer_id, as_of_on
)

select * from final
