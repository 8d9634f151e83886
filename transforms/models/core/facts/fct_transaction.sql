{{ config(materialized='table') }}

with

lines as (
    select * from {{ ref('base_transactions') }}
),

refunds as (
    select * from {{ ref('refund_origin') }}
),

orders as (
    select * from {{ ref('order_lookup') }}
),

company as (
    select count(*) > 0 as has_orders from {{ ref('order_lookup') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

rates as (
    select * from {{ ref('base_fx_rates') }}
),

named as (
    select
        lines.*,
        coalesce(lines.order_id, refunds.order_id) as named_order_id
    from lines
    left join refunds on lines.transaction_key = refunds.transaction_key
),

-- The order of the same system first, else the only one of that id in any system. Where the company
-- sends no orders at all, a receipt stands for one.
joined as (
    select
        named.*,
        coalesce(
            own_order.order_key,
            other_order.order_key,
            case
                when not company.has_orders
                    then {{ md5_key(['named.source_system', 'coalesce(named.named_order_id, named.transaction_id)']) }}
            end
        ) as order_key,
        coalesce(own_order.is_cancelled, other_order.is_cancelled, false) as is_cancelled,
        coalesce(identities.customer_id, own_order.customer_id, other_order.customer_id) as customer_id,
        case
            when identities.customer_id is not null then named.identity_key
            else coalesce(own_order.identity_key, other_order.identity_key, named.identity_key)
        end as resolved_key,
        products.category,
        case
            when named.currency_code = '{{ var("reporting_currency") }}' then named.amount
            else cast(named.amount * rates.rate_to_reporting as {{ type_money() }})
        end as amount_reporting
    from named
    cross join company
    left join orders as own_order
        on named.source_system = own_order.source_system
        and named.named_order_id = own_order.order_id
    -- The only order of its id is the own one where there is an own one. Saying so in the condition
    -- would make a nested loop of the join: a hundred times the time.
    left join orders as other_order
        on named.named_order_id = other_order.unique_order_id
    left join identities
        on named.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'named.occurred_on') }}
    left join products on named.product_id = products.product_id
    left join rates
        on named.currency_code = rates.currency_code
        and named.occurred_on = rates.occurred_on
),

final as (
    select
        transaction_key,
        source_system,
        transaction_id,
        line_number,
        order_key,
        order_id,
        customer_id,
        resolved_key as identity_key,
        occurred_at,
        occurred_on,
        line_type,
        refers_to_id,
        product_id,
        category,
        quantity,
        amount,
        currency_code,
        cast(amount_reporting as {{ type_money() }}) as amount_reporting,
        discount_amount,
        cost_amount,
        channel,
        store_id,
        line_type <> 'gift_card' and not is_cancelled as is_revenue,
        known_at
    from joined
)

select * from final
