with

customers as (
    select * from {{ ref('golden_customer') }}
),

activity as (
    select * from {{ ref('customer_activity') }}
),

churn as (
    select * from {{ source('built', 'churn_score') }}
),

propensities as (
    select * from {{ source('built', 'propensity_score') }}
),

offered as (
    select
        customer_id,
        offer_id,
        propensity_probability,
        row_number() over (
            partition by customer_id
            order by propensity_probability desc nulls last, offer_id asc nulls last
        ) as place
    from propensities
),

final as (
    select
        customers.*,
        activity.n_orders,
        activity.first_order_on,
        activity.last_order_on,
        activity.net_revenue_amount,
        activity.first_purchase_on,
        activity.last_purchase_on,
        activity.n_contacts,
        activity.last_contact_on,
        activity.n_responses,
        activity.last_response_on,
        activity.last_nps_score,
        activity.first_subscribed_on,
        activity.is_subscribed,
        cast(churn.churn_probability as {{ type_number() }}) as churn_probability,
        cast(churn.risk_band as {{ type_text() }}) as churn_risk_band,
        cast(churn.decile as {{ type_integer() }}) as churn_decile,
        cast(offered.offer_id as {{ type_text() }}) as best_offer_id,
        cast(offered.propensity_probability as {{ type_number() }}) as best_offer_probability
    from customers
    left join activity on customers.customer_id = activity.customer_id
    left join churn on customers.customer_id = churn.customer_id
    left join offered on customers.customer_id = offered.customer_id and offered.place = 1
)

select * from final
