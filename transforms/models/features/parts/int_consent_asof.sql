-- What each customer has decided, as known at each cut-off: of every purpose and channel the last decision.
-- The purpose automatic_renewal is the leave to renew a plan and to charge for it.
{{ config(materialized='ephemeral') }}

with

versions as (
    {{ with_first_known('fct_consent', 'consent_key', 'consents') }}
),

decisions as (
    select
        *,
        {{ known_on('first_known_at', 'decided_at', 'decided_on') }} as decision_known_on
    from versions
),

identities as (
    select * from {{ ref('int_known_key') }}
),

ranked as (
    select
        identities.customer_id,
        cutoffs.as_of_on,
        decisions.purpose,
        decisions.status,
        decisions.decided_on,
        row_number() over (
            partition by identities.customer_id, cutoffs.as_of_on, decisions.purpose, decisions.channel
            order by decisions.decided_at desc nulls last, decisions.consent_key asc nulls last
        ) as place
    from decisions
    inner join identities
        on decisions.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'decisions.decided_on') }}
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on identities.customer_id = cutoffs.customer_id
        and decisions.decided_on <= cutoffs.as_of_on
        and decisions.decision_known_on <= cutoffs.as_of_on
        and {{ held_at('identities', 'cutoffs.as_of_on') }}
),

final as (
    select
        customer_id,
        as_of_on,
        sum(case
            when purpose <> 'automatic_renewal' then null
            when status = 'granted' then 0
            else 1
        end) as n_renewals_off,
        sum(case when purpose <> 'automatic_renewal' and status in ('withdrawn', 'expired') then 1 else 0 end)
            as n_withdrawn
    from ranked
    where place = 1
    group by customer_id, as_of_on
)

select * from final
