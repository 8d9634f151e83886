-- Offers that reached each customer as known at each cut-off; those withheld from a control group did not.
{{ config(materialized='ephemeral') }}

with

versions as (
    {{ with_first_known('fct_campaign_contact', 'campaign_contact_key', 'campaign_contacts') }}
),

offers as (
    select
        *,
        {{ known_on('first_known_at', 'occurred_at', 'occurred_on') }} as offer_known_on,
        {{ business_date('responded_at') }} as responded_on
    from versions
    where not coalesce(is_control, false)
),

identities as (
    select * from {{ ref('int_known_key') }}
),

final as (
    select
        identities.customer_id,
        cutoffs.as_of_on,
        sum(case when {{ within_days('offers.occurred_on', 'cutoffs.as_of_on', 90) }} then 1 else 0 end)
            as n_offers_90d,
        count(*) as n_offers_365d,
        sum(case when offers.responded_on <= cutoffs.as_of_on then 1 else 0 end) as n_responses_365d
    from offers
    inner join identities
        on offers.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'offers.occurred_on') }}
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on identities.customer_id = cutoffs.customer_id
        and offers.offer_known_on <= cutoffs.as_of_on
        and {{ held_at('identities', 'cutoffs.as_of_on') }}
        and {{ within_days('offers.occurred_on', 'cutoffs.as_of_on', 365) }}
    group by identities.customer_id, cutoffs.as_of_on
)

select * from final
