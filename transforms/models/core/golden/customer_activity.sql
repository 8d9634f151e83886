with

customers as (
    select customer_id from {{ ref('golden_customer') }}
),

orders as (
    select * from {{ ref('fct_order') }}
    where customer_id is not null
),

lines as (
    select * from {{ ref('fct_transaction') }}
    where customer_id is not null and is_revenue
),

contacts as (
    select * from {{ ref('fct_contact') }}
    where customer_id is not null
),

answers as (
    select * from {{ ref('fct_survey_response') }}
    where customer_id is not null and is_valid
),

periods as (
    select * from {{ ref('fct_subscription_period') }}
    where customer_id is not null
),

ordered as (
    select
        customer_id,
        count(*) as n_orders,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on
    from orders
    where not is_cancelled
    group by customer_id
),

bought as (
    select
        customer_id,
        case when count(amount_reporting) = count(*) then sum(amount_reporting) end as net_revenue_amount,
        min(case when amount > 0 then occurred_on end) as first_purchase_on,
        max(case when amount > 0 then occurred_on end) as last_purchase_on
    from lines
    group by customer_id
),

contacted as (
    select
        customer_id,
        count(*) as n_contacts,
        max(occurred_on) as last_contact_on
    from contacts
    group by customer_id
),

asked as (
    select
        customer_id,
        metric_type,
        score,
        responded_on,
        count(*) over (partition by customer_id) as n_responses,
        row_number() over (
            partition by customer_id, metric_type
            order by responded_at desc nulls last, response_key asc nulls last
        ) as place
    from answers
),

answered as (
    select
        customer_id,
        max(n_responses) as n_responses,
        max(responded_on) as last_response_on,
        max(case when metric_type = 'nps' then score end) as last_nps_score
    from asked
    where place = 1
    group by customer_id
),

subscribed as (
    select
        customer_id,
        min(started_on) as first_subscribed_on,
        max(case when ended_on is null or ended_on > {{ as_of() }} then 1 else 0 end) = 1 as is_subscribed
    from periods
    group by customer_id
),

final as (
    select
        customers.customer_id,
        cast(coalesce(ordered.n_orders, 0) as {{ type_integer() }}) as n_orders,
        ordered.first_order_on,
        ordered.last_order_on,
        cast(bought.net_revenue_amount as {{ type_money() }}) as net_revenue_amount,
        bought.first_purchase_on,
        bought.last_purchase_on,
        cast(coalesce(contacted.n_contacts, 0) as {{ type_integer() }}) as n_contacts,
        contacted.last_contact_on,
        cast(coalesce(answered.n_responses, 0) as {{ type_integer() }}) as n_responses,
        answered.last_response_on,
        answered.last_nps_score,
        subscribed.first_subscribed_on,
        coalesce(subscribed.is_subscribed, false) as is_subscribed
    from customers
    left join ordered on customers.customer_id = ordered.customer_id
    left join bought on customers.customer_id = bought.customer_id
    left join contacted on customers.customer_id = contacted.customer_id
    left join answered on customers.customer_id = answered.customer_id
    left join subscribed on customers.customer_id = subscribed.customer_id
)

select * from final
