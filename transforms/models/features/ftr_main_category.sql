-- travels: allow order-ties: category is unique within what is ranked
with

first_cutoff as (
    select min(as_of_on) as as_of_on from {{ ref('ftr_cutoff') }}
),

-- By what was known at the first cut-off: later favourites are not known then.
categories as (
    select
        bought.category,
        count(*) as n_customers,
        cast(sum(cast(bought.revenue_365d as {{ type_money() }})) as {{ type_number() }}) as revenue_365d
    from {{ ref('ftr_customer_category_asof') }} as bought
    inner join first_cutoff on bought.as_of_on = first_cutoff.as_of_on
    group by bought.category
),

ranked as (
    select
        *,
        row_number() over (order by revenue_365d desc nulls last, category asc nulls last) as category_rank
    from categories
),

final as (
    select
        category,
        cast(category_rank as {{ type_integer() }}) as category_rank,
        cast(n_customers as {{ type_integer() }}) as n_customers,
        revenue_365d
    from ranked
    where category_rank <= 8
)

select * from final
