-- Who was a subscriber on a period's first day, and still is on the first day after it: (E - N) / S.
-- A subscription holds from its first day to the day before its end. A change of plan is no loss:
-- the customer counts, with all plans together.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with held as (
    select
        period.start_on,
        period.grains,
        {{ days_between(as_of(), 'period.next_start_on') }} > 1 as is_censored,
        coalesce(subscription.customer_id, subscription.subscription_key) as cluster_id,
        subscription.customer_id,
        subscription.plan,
        subscription.monthly_amount_reporting as monthly_amount,
        subscription.started_on <= period.start_on
        and coalesce(subscription.ended_on > period.start_on, true) as is_held_at_start,
        subscription.started_on <= period.next_start_on
        and coalesce(subscription.ended_on > period.next_start_on, true) as is_held_at_end
    from {{ ref('fct_subscription_period') }} as subscription
    inner join {{ ref('int_period_spine') }} as period
        on subscription.started_on <= period.next_start_on
        and coalesce(subscription.ended_on > period.start_on, true)
),

customers as (
    select
        start_on,
        grains,
        is_censored,
        cluster_id,
        max(customer_id) as customer_id,
        max(case when is_held_at_start then plan end) as plan,
        max(case when is_held_at_end then 1 else 0 end) as is_kept,
        sum(case when is_held_at_start then monthly_amount else 0 end) as amount_at_start,
        sum(case when is_held_at_end then monthly_amount else 0 end) as amount_at_end,
        -- An amount that could not be converted leaves the customer out of revenue, not out of the count.
        max(case when monthly_amount is null then 1 else 0 end) as lacks_amount
    from held
    group by start_on, grains, is_censored, cluster_id
    having max(case when is_held_at_start then 1 else 0 end) = 1
),

contributions as (
    select customers.*, 'retention_rate' as metric_name, is_kept as contribution, 1 as base
    from customers
    where {{ churn_is('contractual') }}
    union all
    select customers.*, 'gross_revenue_retention_rate', least(amount_at_start, amount_at_end), amount_at_start
    from customers
    where lacks_amount = 0 and amount_at_start > 0
    union all
    select customers.*, 'net_revenue_retention_rate', amount_at_end, amount_at_start
    from customers
    where lacks_amount = 0 and amount_at_start > 0
)

select
    {{ observation(key='cluster_id', metric_name='metric_name', cluster_id='cluster_id',
                   on_date='start_on', y='contribution', x='base', is_censored='is_censored', grains='grains',
                   variant="case when metric_name = 'retention_rate' then 'contractual' end") }},
    {{ null_as(type_money()) }} as scale_min,
    {{ null_as(type_money()) }} as scale_max,
    {{ slice_select({'region': 'golden_customer.region', 'country': 'golden_customer.country',
                     'language': 'golden_customer.language', 'plan': 'contributions.plan'}) }}
from contributions
left join {{ ref('golden_customer') }} as golden_customer
    on contributions.customer_id = golden_customer.customer_id
