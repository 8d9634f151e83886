with

customers as (
    select customer_id, as_of_on from {{ ref('ftr_customer_asof') }}
),

-- By all that is known today, of who is who as well.
bought as (
    select distinct
        cutoffs.customer_id,
        cutoffs.as_of_on,
        lines.category
    from {{ ref('int_known_line') }} as lines
    inner join {{ ref('ftr_main_category') }} as main on lines.category = main.category
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on lines.customer_id = cutoffs.customer_id_today
        and lines.occurred_on > cutoffs.as_of_on
        and lines.occurred_on <= {{ add_days('cutoffs.as_of_on', 30) }}
    where cutoffs.has_purchase_label
        and lines.until_on = {{ for_good() }}
        and not lines.is_refund
        and not lines.is_cancelled
),

-- Only who bought has a row: everyone else in view at a cut-off whose 30 days have passed did not.
final as (
    select
        bought.customer_id,
        bought.as_of_on,
        bought.category,
        cast(30 as {{ type_integer() }}) as horizon_days,
        true as has_bought
    from bought
    inner join customers
        on bought.customer_id = customers.customer_id and bought.as_of_on = customers.as_of_on
)

select * from final
