-- Service contacts as the service metrics see them: what is inbound, handled, and whether another
-- contact of the same customer for the same reason, on any channel, came before or after it.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with contacts as (
    select
        fct_contact.interaction_key,
        fct_contact.customer_id,
        coalesce(fct_contact.customer_id, fct_contact.interaction_key) as cluster_id,
        fct_contact.occurred_at,
        fct_contact.occurred_on,
        fct_contact.case_ref,
        fct_contact.channel,
        fct_contact.touchpoint,
        fct_contact.store_id,
        fct_contact.team,
        fct_contact.agent_id,
        fct_contact.reason,
        golden_customer.region,
        golden_customer.country,
        golden_customer.language,
        fct_contact.wait_seconds,
        fct_contact.outcome,
        fct_contact.is_inbound,
        fct_contact.is_abandoned,
        fct_contact.is_transferred,
        fct_contact.is_handled,
        -- Said to be unsettled; where nothing is said, repeats alone decide.
        not coalesce(fct_contact.is_resolved, true) as is_unsettled,
        case when not fct_contact.is_abandoned then fct_contact.handle_seconds end as handle_seconds
    from {{ ref('fct_contact') }} as fct_contact
    left join {{ ref('golden_customer') }} as golden_customer
        on fct_contact.customer_id = golden_customer.customer_id
    where fct_contact.occurred_on is not null
)

select
    contacts.*,
    -- Only a known customer can be seen to come back: others are no issues.
    is_handled and is_inbound and customer_id is not null as is_issue_contact,
    lag(occurred_at) over (
        partition by is_handled and is_inbound, customer_id, reason
        order by occurred_at asc nulls last, interaction_key asc nulls last
    ) as previous_at,
    lead(occurred_at) over (
        partition by is_handled and is_inbound, customer_id, reason
        order by occurred_at asc nulls last, interaction_key asc nulls last
    ) as next_at
from contacts
