with

customers as (
    select
        customers.customer_id,
        customers.as_of_on,
        cutoffs.customer_id_today
    from {{ ref('ftr_customer_asof') }} as customers
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on customers.customer_id = cutoffs.customer_id and customers.as_of_on = cutoffs.as_of_on
    where customers.is_churn_eligible
),

cutoffs as (
    select
        as_of_on,
        has_churn_label,
        {{ add_days('as_of_on', churn_horizon()) }} as horizon_on
    from {{ ref('ftr_cutoff') }}
),

company as (
    select {{ churn_is('contractual') }} as is_contractual
),

-- What happened afterwards, with all that is known today, of who is who as well: cancelled orders kept nobody.
returned as (
    select distinct orders.customer_id, cutoffs.as_of_on
    from {{ ref('int_known_order') }} as orders
    inner join cutoffs
        on orders.ordered_on > cutoffs.as_of_on
        and orders.ordered_on <= cutoffs.horizon_on
    where orders.until_on = {{ for_good() }} and not orders.is_cancelled
),

still_subscribed as (
    select distinct subscriptions.customer_id, cutoffs.as_of_on
    from {{ ref('int_known_subscription') }} as subscriptions
    inner join cutoffs
        on subscriptions.started_on <= cutoffs.horizon_on
        and coalesce(subscriptions.ended_on > cutoffs.horizon_on, true)
    where subscriptions.until_on = {{ for_good() }}
),

final as (
    select
        customers.customer_id,
        customers.as_of_on,
        cast({{ churn_horizon() }} as {{ type_integer() }}) as horizon_days,
        case
            when not cutoffs.has_churn_label then cast(null as {{ type_flag() }})
            when company.is_contractual then still_subscribed.customer_id is null
            else returned.customer_id is null
        end as is_churned
    from customers
    inner join cutoffs on customers.as_of_on = cutoffs.as_of_on
    cross join company
    left join returned
        on customers.customer_id_today = returned.customer_id and customers.as_of_on = returned.as_of_on
    left join still_subscribed
        on customers.customer_id_today = still_subscribed.customer_id
        and customers.as_of_on = still_subscribed.as_of_on
)

select * from final
