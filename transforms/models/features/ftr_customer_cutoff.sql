with

keys as (
    select * from {{ ref('int_known_key') }}
),

-- Who an id that was merged away is today.
aliases as (
    select previous_customer_id, customer_id from {{ ref('customer_alias') }}
),

spans as (
    select
        customer_id,
        min(known_on) as known_on,
        max(until_on) as until_on
    from keys
    group by customer_id
),

people as (
    select
        spans.customer_id,
        spans.known_on,
        spans.until_on,
        case when spans.until_on = {{ for_good() }} then spans.customer_id else aliases.customer_id end
            as customer_id_today,
        row_number() over (
            order by md5(spans.customer_id) asc nulls last, spans.customer_id asc nulls last
        ) as place
    from spans
    left join aliases on spans.customer_id = aliases.previous_customer_id
),

-- Of whom nobody is left today, nothing can be said of what became of them.
final as (
    select
        people.customer_id,
        cutoffs.as_of_on,
        people.customer_id_today,
        cutoffs.has_purchase_label
    from people
    inner join {{ ref('ftr_cutoff') }} as cutoffs
        on {{ held_at('people', 'cutoffs.as_of_on') }}
        and (cutoffs.is_today or people.place <= {{ var('learners') }})
    where people.customer_id_today is not null
)

select * from final
