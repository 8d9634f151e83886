-- Orders with the days from which and until which the company could count them for a customer.

with

versions as (
    {{ with_first_known('fct_order', 'order_key', 'orders') }}
),

orders as (
    select
        *,
        {{ known_on('first_known_at', 'ordered_at', 'ordered_on') }} as order_known_on
    from versions
),

identities as (
    select * from {{ ref('int_known_key') }}
),

-- A cancellation without a date counts from the beginning: when it came to be known is not known.
final as (
    select
        orders.order_key,
        identities.customer_id,
        orders.ordered_on,
        orders.channel,
        -- Delivered, nobody knows when: neither late nor overdue.
        case when orders.delivery_status = 'no_delivery_date' then null else orders.promised_on end as promised_on,
        orders.delivered_on,
        orders.is_cancelled,
        coalesce({{ business_date('orders.cancelled_at') }}, orders.ordered_on) as cancelled_on,
        greatest(orders.order_known_on, identities.known_on) as known_on,
        identities.until_on
    from orders
    inner join identities
        on orders.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'orders.ordered_on') }}
)

select * from final
