-- Orders and deliveries of each customer as known at each cut-off.
-- travels: allow order-ties: channel is the grain of the group that is ranked
{{ config(materialized='ephemeral') }}

with

orders as (
    select
        orders.*,
        cutoffs.as_of_on
    from {{ ref('int_known_order') }} as orders
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on orders.customer_id = cutoffs.customer_id
        and orders.ordered_on <= cutoffs.as_of_on
        and {{ held_at('orders', 'cutoffs.as_of_on') }}
    where not (orders.is_cancelled and orders.cancelled_on <= cutoffs.as_of_on)
),

judged as (
    select
        *,
        promised_on is not null and {{ within_days('delivered_on', 'as_of_on', 365) }} as is_delivered,
        promised_on < as_of_on and {{ within_days('promised_on', 'as_of_on', 365) }}
        and coalesce(delivered_on > as_of_on, true) as is_overdue
    from orders
),

counted as (
    select
        customer_id,
        as_of_on,
        count(*) as n_orders,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        {%- for days in (30, 90, 180, 365) %}
        sum(case when {{ within_days('ordered_on', 'as_of_on', days) }} then 1 else 0 end) as n_orders_{{ days }}d,
        {%- endfor %}
        count(distinct case when {{ within_days('ordered_on', 'as_of_on', 365) }} then channel end) as n_channels_365d,
        sum(case when is_delivered then 1 else 0 end) as n_deliveries_365d,
        sum(case when is_delivered and delivered_on > promised_on then 1 else 0 end) as n_late_365d,
        sum(case when is_overdue then 1 else 0 end) as n_overdue,
        max(case when promised_on is not null then 1 else 0 end) as has_promise
    from judged
    group by customer_id, as_of_on
),

last_deliveries as (
    select
        customer_id,
        as_of_on,
        {{ days_between('promised_on', 'delivered_on') }} as days_late,
        row_number() over (
            partition by customer_id, as_of_on
            order by delivered_on desc nulls last, order_key asc nulls last
        ) as place
    from judged
    where promised_on is not null and delivered_on <= as_of_on
),

channels as (
    select
        customer_id,
        as_of_on,
        channel,
        row_number() over (
            partition by customer_id, as_of_on
            order by count(*) desc nulls last, channel asc nulls last
        ) as place
    from orders
    where channel is not null and {{ within_days('ordered_on', 'as_of_on', 365) }}
    group by customer_id, as_of_on, channel
),

final as (
    select
        counted.*,
        last_deliveries.days_late as last_days_late,
        channels.channel as main_channel
    from counted
    left join last_deliveries
        on counted.customer_id = last_deliveries.customer_id
        and counted.as_of_on = last_deliveries.as_of_on
        and last_deliveries.place = 1
    left join channels
        on counted.customer_id = channels.customer_id
        and counted.as_of_on = channels.as_of_on
        and channels.place = 1
)

select * from final
