with

facts as (
    select * from {{ ref('base_subscriptions') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

rates as (
    select * from {{ ref('base_fx_rates') }}
),

final as (
    select
        facts.subscription_key,
        facts.source_system,
        facts.subscription_id,
        identities.customer_id,
        facts.identity_key,
        facts.plan,
        facts.started_at,
        facts.occurred_on as started_on,
        facts.ended_at,
        facts.ended_on,
        facts.end_reason,
        facts.monthly_amount,
        facts.currency_code,
        case
            when facts.currency_code = '{{ var("reporting_currency") }}' then facts.monthly_amount
            else cast(facts.monthly_amount * rates.rate_to_reporting as {{ type_money() }})
        end as monthly_amount_reporting,
        facts.renews_on,
        facts.known_at
    from facts
    left join identities
        on facts.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'facts.occurred_on') }}
    left join rates
        on facts.currency_code = rates.currency_code
        and facts.occurred_on = rates.occurred_on
)

select * from final
