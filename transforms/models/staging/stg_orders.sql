with

source as (
    {{ current_rows('orders') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['source_system', 'order_id']) }} as order_key,
        source_system,
        order_id,
        store_id,
        identity_key,

        -- text
        status,
        channel,

        -- times
        {{ utc_timestamp('ordered_at') }} as ordered_at,
        {{ utc_timestamp('promised_at') }} as promised_at,
        promised_on,
        {{ utc_timestamp('shipped_at') }} as shipped_at,
        {{ utc_timestamp('delivered_at') }} as delivered_at,
        {{ utc_timestamp('cancelled_at') }} as cancelled_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('ordered_at')) }} as known_at
    from source
)

select * from renamed
