-- Customers who bought in the horizon before a period's first day: lost are those who do not buy in
-- the horizon from that day on. Until it has passed, nobody can say: censored.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with purchases as (
    select
        customer_id,
        ordered_on,
        first_category,
        lead(ordered_on) over (
            partition by customer_id order by ordered_on asc nulls last, order_key asc nulls last
        ) as next_on
    from {{ ref('fct_order') }}
    where customer_id is not null
        and not coalesce(is_cancelled, false)
        and ordered_on is not null
),

-- The last purchase before the cut-off: the next one, if any, is on that day or later.
at_risk as (
    select
        period.start_on,
        period.grains,
        purchases.customer_id,
        purchases.first_category,
        {{ days_between('period.start_on', as_of()) }} < {{ churn_horizon() }} - 1 as is_censored,
        case
            when {{ days_between('period.start_on', 'purchases.next_on') }} < {{ churn_horizon() }} then 1
            else 0
        end as is_kept
    from purchases
    inner join {{ ref('int_period_spine') }} as period
        on purchases.ordered_on < period.start_on
        and {{ add_days('purchases.ordered_on', churn_horizon()) }} >= period.start_on
        and coalesce(purchases.next_on >= period.start_on, true)
    where {{ churn_is('non_contractual') }}
)

select
    {{ observation(key='at_risk.customer_id', metric_name="'retention_rate'",
                   cluster_id='at_risk.customer_id', on_date='start_on', y='is_kept',
                   is_censored='is_censored', grains='grains',
                   variant="'non_contractual-" ~ churn_horizon() ~ "d'") }},
    {{ null_as(type_money()) }} as scale_min,
    {{ null_as(type_money()) }} as scale_max,
    {{ slice_select({'region': 'golden_customer.region', 'country': 'golden_customer.country',
                     'language': 'golden_customer.language', 'category': 'first_category'}) }}
from at_risk
left join {{ ref('golden_customer') }} as golden_customer
    on at_risk.customer_id = golden_customer.customer_id
