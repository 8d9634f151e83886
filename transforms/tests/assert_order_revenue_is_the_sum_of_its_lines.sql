{{ config(meta={'dagster': {'ref': {'name': 'fct_order'}}}) }}

-- Money by order and money by line are the same money. An order with a line that has no rate is of
-- unknown revenue, and is left out on both sides.
with

orders as (
    select * from {{ ref('fct_order') }}
    where n_lines > 0 and net_revenue_amount is not null
),

lines as (
    select
        order_key,
        sum(case when is_revenue then amount_reporting else 0 end) as revenue
    from {{ ref('fct_transaction') }}
    where order_key is not null
    group by order_key
)

select
    orders.order_key,
    orders.net_revenue_amount,
    lines.revenue
from orders
left join lines on orders.order_key = lines.order_key
where lines.revenue is null or lines.revenue <> orders.net_revenue_amount
