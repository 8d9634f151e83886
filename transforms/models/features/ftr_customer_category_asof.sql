with

lines as (
    select
        lines.*,
        cutoffs.as_of_on
    from {{ ref('int_known_line') }} as lines
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on lines.customer_id = cutoffs.customer_id
        and {{ held_at('lines', 'cutoffs.as_of_on') }}
        and lines.occurred_on <= cutoffs.as_of_on
    where lines.category is not null
        and not (lines.is_cancelled and lines.cancelled_on <= cutoffs.as_of_on)
),

-- Orders first, then customers: a count of distinct orders would not go to disk where it is large.
orders as (
    select
        customer_id,
        as_of_on,
        category,
        order_key,
        max(case when is_refund then 0 else 1 end) as is_bought,
        max(case
            when not is_refund and {{ within_days('occurred_on', 'as_of_on', 365) }} then 1 else 0
        end) as is_bought_365d,
        sum(case when {{ within_days('occurred_on', 'as_of_on', 365) }} then amount else 0 end) as revenue_365d,
        max(case when not is_refund then occurred_on end) as last_bought_on
    from lines
    group by customer_id, as_of_on, category, order_key
),

summed as (
    select
        customer_id,
        as_of_on,
        category,
        sum(is_bought) as n_orders,
        sum(is_bought_365d) as n_orders_365d,
        sum(revenue_365d) as revenue_365d,
        max(last_bought_on) as last_bought_on
    from orders
    group by customer_id, as_of_on, category
),

final as (
    select
        customer_id,
        as_of_on,
        category,
        cast(n_orders as {{ type_integer() }}) as n_orders,
        cast(n_orders_365d as {{ type_integer() }}) as n_orders_365d,
        cast(revenue_365d as {{ type_number() }}) as revenue_365d,
        {{ days_between('last_bought_on', 'as_of_on') }} as days_since_last
    from summed
    where last_bought_on is not null
)

select * from final
