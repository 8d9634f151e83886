-- Buyers of a period, and whether they had ordered twice or more by its end.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with purchases as (
    select
        customer_id,
        ordered_on,
        row_number() over (
            partition by customer_id order by ordered_on asc nulls last, order_key asc nulls last
        ) as order_number
    from {{ ref('fct_order') }}
    where customer_id is not null
        and not coalesce(is_cancelled, false)
        and ordered_on is not null
),

buyers as (
    select 'month' as grains, {{ month_start('ordered_on') }} as on_date, customer_id,
        max(order_number) as n_orders
    from purchases
    group by {{ month_start('ordered_on') }}, customer_id
    union all
    select 'quarter', {{ quarter_start('ordered_on') }}, customer_id, max(order_number)
    from purchases
    group by {{ quarter_start('ordered_on') }}, customer_id
    union all
    select 'year', {{ year_start('ordered_on') }}, customer_id, max(order_number)
    from purchases
    group by {{ year_start('ordered_on') }}, customer_id
    union all
    select 'all', max(ordered_on), customer_id, max(order_number)
    from purchases
    group by customer_id
)

select
    {{ observation(key='buyers.customer_id', metric_name="'repeat_rate'", cluster_id='buyers.customer_id',
                   on_date='on_date', y='case when n_orders >= 2 then 1 else 0 end', grains='grains') }},
    {{ null_as(type_money()) }} as scale_min,
    {{ null_as(type_money()) }} as scale_max,
    {{ slice_select({'region': 'golden_customer.region', 'country': 'golden_customer.country',
                     'language': 'golden_customer.language'}) }}
from buyers
left join {{ ref('golden_customer') }} as golden_customer
    on buyers.customer_id = golden_customer.customer_id
