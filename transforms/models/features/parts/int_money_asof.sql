-- Spending, discounts and refunds of each customer as known at each cut-off.
{{ config(materialized='ephemeral') }}

with

lines as (
    select
        lines.*,
        cutoffs.as_of_on
    from {{ ref('int_known_line') }} as lines
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on lines.customer_id = cutoffs.customer_id
        and {{ held_at('lines', 'cutoffs.as_of_on') }}
        and {{ within_days('lines.occurred_on', 'cutoffs.as_of_on', 365) }}
    where not (lines.is_cancelled and lines.cancelled_on <= cutoffs.as_of_on)
),

summed as (
    select
        customer_id,
        as_of_on,
        {%- for days in (30, 90, 180) %}
        sum(case when {{ within_days('occurred_on', 'as_of_on', days) }} then amount else 0 end) as revenue_{{ days }}d,
        {%- endfor %}
        sum(amount) as revenue_365d,
        sum(case when is_refund then 0 else amount end) as gross_365d,
        sum(case when is_refund then -amount else 0 end) as refunded_365d,
        sum(case when is_refund then 1 else 0 end) as n_refunds_365d,
        sum(discount_amount) as discount_365d
    from lines
    group by customer_id, as_of_on
),

final as (
    select
        customer_id,
        as_of_on,
        cast(revenue_30d as {{ type_number() }}) as revenue_30d,
        cast(revenue_90d as {{ type_number() }}) as revenue_90d,
        cast(revenue_180d as {{ type_number() }}) as revenue_180d,
        cast(revenue_365d as {{ type_number() }}) as revenue_365d,
        cast(gross_365d as {{ type_number() }}) as gross_365d,
        cast(refunded_365d as {{ type_number() }}) as refunded_365d,
        n_refunds_365d,
        cast(discount_365d as {{ type_number() }}) as discount_365d
    from summed
)

select * from final
