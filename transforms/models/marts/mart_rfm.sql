-- Recency, frequency and money (Hughes 1994): fifths of the customers by each, 5 the best, equal
-- customers parted by their id, so that a rerun gives the same scores. Orders and money of a window;
-- who ordered nothing in it still has a recency. Money is net revenue: costs are not known of all.
with orders as (
    select
        customer_id,
        ordered_on,
        net_revenue_amount,
        {{ days_between('ordered_on', as_of()) }} < {{ var('rfm_window_days') }} as is_in_window
    from {{ ref('fct_order') }}
    where customer_id is not null and ordered_on is not null and not coalesce(is_cancelled, false)
),

customers as (
    select
        customer_id,
        {{ days_between('max(ordered_on)', as_of()) }} as recency_days,
        sum(case when is_in_window then 1 else 0 end) as frequency,
        -- One order without a rate makes the sum unknown, not smaller.
        case
            when max(case when is_in_window and net_revenue_amount is null then 1 else 0 end) = 0
                then cast(sum(case when is_in_window then net_revenue_amount else 0 end)
                    as {{ type_money() }})
        end as monetary_amount
    from orders
    group by customer_id
),

scores as (
    select
        customers.*,
        ntile(5) over (order by recency_days desc nulls last, customer_id asc nulls last) as r_score,
        ntile(5) over (order by frequency asc nulls last, customer_id asc nulls last) as f_score,
        case
            when monetary_amount is not null
                then ntile(5) over (
                    partition by monetary_amount is null
                    order by monetary_amount asc nulls last, customer_id asc nulls last
                )
        end as m_score
    from customers
)

select
    cast(scores.customer_id as {{ type_text() }}) as customer_id,
    cast({{ as_of() }} as {{ type_day() }}) as as_of_on,
    cast(scores.recency_days as {{ type_integer() }}) as recency_days,
    cast(scores.frequency as {{ type_integer() }}) as frequency,
    cast(scores.monetary_amount as {{ type_money() }}) as monetary_amount,
    cast(scores.r_score as {{ type_integer() }}) as r_score,
    cast(scores.f_score as {{ type_integer() }}) as f_score,
    cast(scores.m_score as {{ type_integer() }}) as m_score,
    cast(case when scores.frequency = 0 then 'lost' else names.rfm_segment end as {{ type_text() }})
        as rfm_segment
from scores
inner join {{ ref('rfm_segment') }} as names
    on scores.r_score = names.r_score and scores.f_score = names.f_score
