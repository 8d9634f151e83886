with

people as (
    select
        customer_id,
        row_number() over (order by md5(customer_id) asc nulls last, customer_id asc nulls last) as place
    from {{ ref('golden_customer') }}
),

final as (
    select
        people.customer_id,
        cutoffs.as_of_on,
        cutoffs.has_purchase_label
    from people
    inner join {{ ref('ftr_cutoff') }} as cutoffs
        on cutoffs.is_today or people.place <= {{ var('learners') }}
)

select * from final
