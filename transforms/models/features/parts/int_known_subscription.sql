-- Subscriptions with the days from which and until which the company could count them for a customer.
{{ config(materialized='ephemeral') }}

with

versions as (
    {{ with_first_known('fct_subscription_period', 'subscription_key', 'subscriptions') }}
),

subscriptions as (
    select
        *,
        {{ known_on('first_known_at', 'started_at', 'started_on') }} as subscription_known_on
    from versions
),

identities as (
    select * from {{ ref('int_known_key') }}
),

final as (
    select
        subscriptions.subscription_key,
        identities.customer_id,
        subscriptions.plan,
        subscriptions.started_on,
        subscriptions.ended_on,
        subscriptions.monthly_amount_reporting,
        greatest(subscriptions.subscription_known_on, identities.known_on) as known_on,
        identities.until_on
    from subscriptions
    inner join identities
        on subscriptions.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'subscriptions.started_on') }}
)

select * from final
