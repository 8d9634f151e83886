-- Money of each customer, order and day in a category, with the days from which and until
-- which it was known to be theirs.

with

versions as (
    {{ with_first_known('fct_transaction', 'transaction_key', 'transactions') }}
),

lines as (
    select
        *,
        {{ known_on('first_known_at', 'occurred_at', 'occurred_on') }} as line_known_on
    from versions
    where line_type <> 'gift_card'
),

orders as (
    select distinct order_key, is_cancelled, cancelled_on from {{ ref('int_known_order') }}
),

identities as (
    select * from {{ ref('int_known_key') }}
),

dated as (
    select
        identities.customer_id,
        coalesce(lines.order_key, lines.transaction_key) as order_key,
        lines.occurred_on,
        lines.category,
        lines.line_type = 'refund' as is_refund,
        coalesce(orders.is_cancelled, false) as is_cancelled,
        orders.cancelled_on,
        lines.amount_reporting,
        lines.discount_amount,
        greatest(lines.line_known_on, identities.known_on) as known_on,
        identities.until_on
    from lines
    left join orders on lines.order_key = orders.order_key
    inner join identities
        on lines.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'lines.occurred_on') }}
),

final as (
    select
        customer_id,
        order_key,
        occurred_on,
        known_on,
        until_on,
        category,
        is_refund,
        is_cancelled,
        cancelled_on,
        cast(coalesce(sum(amount_reporting), 0) as {{ type_money() }}) as amount,
        cast(coalesce(sum(abs(discount_amount)), 0) as {{ type_money() }}) as discount_amount
    from dated
    group by
        customer_id, order_key, occurred_on, known_on, until_on, category, is_refund, is_cancelled, cancelled_on
)

select * from final
