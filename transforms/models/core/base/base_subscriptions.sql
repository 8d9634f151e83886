{{ config(meta={'feed': 'subscriptions'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_subscriptions') }}
    where {{ in_touched_days('subscriptions') }}
),

final as (
    select
        subscription_key,
        source_system,
        subscription_id,
        identity_key,
        occurred_on,
        started_at,
        plan,
        ended_at,
        {{ business_date('ended_at') }} as ended_on,
        end_reason,
        monthly_amount,
        coalesce(currency_code, '{{ var("reporting_currency") }}') as currency_code,
        renews_on,
        known_at
    from rows_of_days
)

select * from final
