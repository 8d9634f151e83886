{{ config(meta={'feed': 'orders'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_orders') }}
    where {{ in_touched_days('orders') }}
),

dated as (
    select
        *,
        coalesce(promised_on, {{ business_date('promised_at') }}) as promise_on,
        {{ business_date('delivered_at') }} as delivered_on,
        coalesce(status = 'cancelled', false) or cancelled_at is not null as is_cancelled
    from rows_of_days
),

final as (
    select
        order_key,
        source_system,
        order_id,
        identity_key,
        occurred_on,
        ordered_at,
        status,
        channel,
        store_id,
        promised_at,
        promise_on as promised_on,
        shipped_at,
        delivered_at,
        delivered_on,
        cancelled_at,
        is_cancelled,
        {{ delivery_status('status', 'delivered_on', 'promise_on', 'is_cancelled') }} as delivery_status,
        known_at
    from dated
)

select * from final
