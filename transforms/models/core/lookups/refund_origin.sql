with

lines as (
    select * from {{ ref('base_transactions') }}
),

refunds as (
    select transaction_key, source_system, refers_to_id
    from lines
    where refers_to_id is not null and order_id is null
),

-- What a refund names may be the receipt; a receipt of several orders names none of them.
originals as (
    select
        lines.source_system,
        lines.transaction_id,
        min(lines.order_id) as order_id
    from lines
    inner join refunds
        on lines.source_system = refunds.source_system
        and lines.transaction_id = refunds.refers_to_id
    group by lines.source_system, lines.transaction_id
    having min(lines.order_id) = max(lines.order_id)
),

final as (
    select
        refunds.transaction_key,
        coalesce(originals.order_id, refunds.refers_to_id) as order_id
    from refunds
    left join originals
        on refunds.source_system = originals.source_system
        and refunds.refers_to_id = originals.transaction_id
)

select * from final
