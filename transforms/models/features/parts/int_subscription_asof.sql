-- Active subscriptions of each customer as known at each cut-off. An end counts once it has come. The
-- next renewal date is not used: a source overwrites it, so that it tells who stayed; the anniversary
-- of the start says the same without the future.
{{ config(materialized='ephemeral') }}

with

active as (
    select
        subscriptions.*,
        cutoffs.as_of_on,
        {{ days_between('subscriptions.started_on', 'cutoffs.as_of_on') }} as days_held,
        row_number() over (
            partition by subscriptions.customer_id, cutoffs.as_of_on
            order by subscriptions.started_on asc nulls last, subscriptions.subscription_key asc nulls last
        ) as place
    from {{ ref('int_known_subscription') }} as subscriptions
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on subscriptions.customer_id = cutoffs.customer_id
        and subscriptions.started_on <= cutoffs.as_of_on
        and {{ held_at('subscriptions', 'cutoffs.as_of_on') }}
        and coalesce(subscriptions.ended_on > cutoffs.as_of_on, true)
),

held as (
    select
        customer_id,
        as_of_on,
        count(*) as n_active,
        max(case when place = 1 then plan end) as plan,
        max(days_held) as days_held,
        cast(sum(monthly_amount_reporting) as {{ type_number() }}) as monthly_amount,
        min(365 - mod(days_held, 365)) as days_to_anniversary
    from active
    group by customer_id, as_of_on
),

-- A plan that was changed is a new row: loyalty is counted from the first of all.
since as (
    select
        subscriptions.customer_id,
        cutoffs.as_of_on,
        min(subscriptions.started_on) as first_started_on,
        count(*) as n_periods
    from {{ ref('int_known_subscription') }} as subscriptions
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on subscriptions.customer_id = cutoffs.customer_id
        and subscriptions.started_on <= cutoffs.as_of_on
        and {{ held_at('subscriptions', 'cutoffs.as_of_on') }}
    group by subscriptions.customer_id, cutoffs.as_of_on
),

final as (
    select
        held.*,
        {{ days_between('since.first_started_on', 'held.as_of_on') }} as days_since_first,
        since.n_periods
    from held
    inner join since on held.customer_id = since.customer_id and held.as_of_on = since.as_of_on
)

select * from final
