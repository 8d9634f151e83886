-- travels: allow order-ties: category is unique within what is ranked
with

orders as (
    select * from {{ ref('int_order_asof') }}
),

subscriptions as (
    select * from {{ ref('int_subscription_asof') }}
),

categories as (
    select
        customer_id,
        as_of_on,
        category,
        revenue_365d,
        sum(case when n_orders_365d > 0 then 1 else 0 end) over (partition by customer_id, as_of_on) as n_categories,
        row_number() over (
            partition by customer_id, as_of_on order by revenue_365d desc nulls last, category asc nulls last
        ) as place
    from {{ ref('ftr_customer_category_asof') }}
    where n_orders_365d > 0
),

company as (
    select {{ churn_is('contractual') }} as is_contractual
),

-- In view at a cut-off: who bought within a year before it, or has a subscription.
population as (
    select customer_id, as_of_on from orders
    where n_orders_365d > 0 or {{ within_days('last_order_on', 'as_of_on', churn_horizon()) }}
    union
    select customer_id, as_of_on from subscriptions
),

joined as (
    select
        population.customer_id,
        population.as_of_on,
        case
            when company.is_contractual then subscriptions.customer_id is not null
            else coalesce({{ within_days('orders.last_order_on', 'population.as_of_on', churn_horizon()) }}, false)
        end as is_churn_eligible,
        {{ feature_columns() }}
    from population
    cross join company
    {%- for part in ('orders', 'subscriptions') %}
    left join {{ part }}
        on population.customer_id = {{ part }}.customer_id and population.as_of_on = {{ part }}.as_of_on
    {%- endfor %}
    left join categories
        on population.customer_id = categories.customer_id
        and population.as_of_on = categories.as_of_on
        and categories.place = 1
    {%- for part, model in feature_parts() %}
    left join {{ ref(model) }} as {{ part }}
        on population.customer_id = {{ part }}.customer_id and population.as_of_on = {{ part }}.as_of_on
    {%- endfor %}
)

select * from joined
