with

cutoffs as (
    {{ cutoff_rows() }}
),

final as (
    select
        as_of_on,
        as_of_on = {{ as_of() }} as is_today,
        {{ add_days('as_of_on', churn_horizon()) }} <= {{ as_of() }} as has_churn_label,
        {{ add_days('as_of_on', 30) }} <= {{ as_of() }} as has_purchase_label
    from cutoffs
    where as_of_on <= {{ as_of() }}
)

select * from final
