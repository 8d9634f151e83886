with

orders as (
    select * from {{ ref('base_orders') }}
),

identities as (
    select identity_key, customer_id, holds_from_on from {{ ref('identity_map') }}
),

-- Other systems name an order by its id alone: that is enough where only one system has it.
unique_ids as (
    select order_id
    from orders
    group by order_id
    having count(*) = 1
),

final as (
    select
        orders.order_key,
        orders.source_system,
        orders.order_id,
        unique_ids.order_id as unique_order_id,
        orders.identity_key,
        identities.customer_id,
        orders.is_cancelled,
        orders.status,
        orders.delivery_status,
        orders.channel,
        orders.store_id
    from orders
    left join identities
        on orders.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'orders.occurred_on') }}
    left join unique_ids on orders.order_id = unique_ids.order_id
)

select * from final
