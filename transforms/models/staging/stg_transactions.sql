with

source as (
    {{ current_rows('transactions') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['source_system', 'transaction_id', 'line_number']) }} as transaction_key,
        source_system,
        transaction_id,
        order_id,
        refers_to_id,
        product_id,
        store_id,
        identity_key,

        -- text
        line_type,
        currency as currency_code,
        channel,

        -- numbers
        line_number,
        amount,
        quantity,
        discount_amount,
        cost_amount,

        -- times
        {{ utc_timestamp('occurred_at') }} as occurred_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('occurred_at')) }} as known_at
    from source
)

select * from renamed
