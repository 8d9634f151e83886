{{ config(meta={'feed': 'transactions'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_transactions') }}
    where {{ in_touched_days('transactions') }}
),

final as (
    select
        transaction_key,
        source_system,
        transaction_id,
        line_number,
        order_id,
        refers_to_id,
        identity_key,
        occurred_on,
        occurred_at,
        coalesce(line_type, 'item') as line_type,
        product_id,
        quantity,
        amount,
        coalesce(currency_code, '{{ var("reporting_currency") }}') as currency_code,
        discount_amount,
        cost_amount,
        channel,
        store_id,
        known_at
    from rows_of_days
)

select * from final
