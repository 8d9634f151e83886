{{ config(materialized='table') }}

with

orders as (
    select * from {{ ref('base_orders') }}
),

order_customers as (
    select order_key, customer_id from {{ ref('order_lookup') }}
),

lines as (
    select * from {{ ref('fct_transaction') }}
    where order_key is not null
),

-- A sum over lines is unknown, not smaller, where a line has no rate to the reporting currency.
totals as (
    select
        order_key,
        sum(case when line_type <> 'refund' then 1 else 0 end) as n_lines,
        sum(case when line_type <> 'refund' then amount_reporting end) as gross_amount,
        sum(case when is_revenue then amount_reporting else 0 end) as net_revenue_amount,
        sum(case when amount_reporting is null then 1 else 0 end) as n_unconverted,
        {{ first_by('category', line_order()) }} as first_category
    from lines
    group by order_key
),

corrected as (
    select row_key, first_known_at from {{ ref('first_known') }}
    where feed = 'transactions'
),

-- Only a company without an orders feed has lines whose order is not among the orders. A receipt is
-- known since its first line was, whatever was corrected later.
receipts as (
    select
        lines.order_key,
        min(lines.source_system) as source_system,
        {{ first_by('coalesce(lines.order_id, lines.transaction_id)', line_order('lines')) }} as order_id,
        min(lines.customer_id) as customer_id,
        {{ first_by('lines.identity_key', line_order('lines')) }} as identity_key,
        min(lines.occurred_at) as ordered_at,
        min(lines.occurred_on) as ordered_on,
        min(lines.channel) as channel,
        min(lines.store_id) as store_id,
        min(coalesce(least(corrected.first_known_at, lines.known_at), lines.known_at)) as known_at
    from lines
    left join corrected on lines.transaction_key = corrected.row_key
    left join orders on lines.order_key = orders.order_key
    where orders.order_key is null
    group by lines.order_key
),

all_orders as (
    select
        orders.order_key,
        orders.source_system,
        orders.order_id,
        order_customers.customer_id,
        orders.identity_key,
        orders.ordered_at,
        orders.occurred_on as ordered_on,
        orders.status,
        orders.channel,
        orders.store_id,
        orders.promised_at,
        orders.promised_on,
        orders.shipped_at,
        orders.delivered_at,
        orders.delivered_on,
        orders.cancelled_at,
        orders.is_cancelled,
        orders.delivery_status,
        orders.known_at
    from orders
    left join order_customers on orders.order_key = order_customers.order_key
    union all
    select
        order_key,
        source_system,
        order_id,
        customer_id,
        identity_key,
        ordered_at,
        ordered_on,
        {{ null_as(type_text()) }} as status,
        channel,
        store_id,
        {{ null_as(type_moment()) }} as promised_at,
        {{ null_as(type_day()) }} as promised_on,
        {{ null_as(type_moment()) }} as shipped_at,
        {{ null_as(type_moment()) }} as delivered_at,
        {{ null_as(type_day()) }} as delivered_on,
        {{ null_as(type_moment()) }} as cancelled_at,
        false as is_cancelled,
        {{ null_as(type_text()) }} as delivery_status,
        known_at
    from receipts
),

final as (
    select
        all_orders.*,
        cast(coalesce(totals.n_lines, 0) as {{ type_integer() }}) as n_lines,
        cast(totals.gross_amount as {{ type_money() }}) as gross_amount,
        cast(case
            when all_orders.is_cancelled then 0
            when totals.n_unconverted = 0 then totals.net_revenue_amount
        end as {{ type_money() }}) as net_revenue_amount,
        totals.first_category
    from all_orders
    left join totals on all_orders.order_key = totals.order_key
)

select * from final
