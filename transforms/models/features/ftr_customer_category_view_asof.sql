with

versions as (
    {{ with_first_known('fct_interaction', 'interaction_key', 'interactions',
        "fact.identity_key is not null and fact.interaction_type in ('product_view', 'cart_add')") }}
),

products as (
    select product_id, category from {{ ref('dim_product') }}
    where category is not null
),

identities as (
    select * from {{ ref('int_known_key') }}
),

looked as (
    select
        identities.customer_id,
        products.category,
        versions.occurred_on,
        greatest(
            {{ known_on('versions.first_known_at', 'versions.occurred_at', 'versions.occurred_on') }},
            identities.known_on
        ) as known_on,
        identities.until_on
    from versions
    inner join products on versions.content_ref = products.product_id
    inner join identities
        on versions.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'versions.occurred_on') }}
    where not coalesce(versions.is_bot, false)
),

-- A day is known from the first of its views on.
days as (
    select
        customer_id,
        category,
        occurred_on,
        until_on,
        min(known_on) as known_on
    from looked
    group by customer_id, category, occurred_on, until_on
),

-- Keys of two spans may tell of one day.
seen as (
    select distinct
        days.customer_id,
        cutoffs.as_of_on,
        days.category,
        days.occurred_on
    from days
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on days.customer_id = cutoffs.customer_id
        and {{ held_at('days', 'cutoffs.as_of_on') }}
        and {{ within_days('days.occurred_on', 'cutoffs.as_of_on', 365) }}
),

counted as (
    select
        customer_id,
        as_of_on,
        category,
        count(*) as n_view_days_365d,
        sum(case when {{ within_days('occurred_on', 'as_of_on', 90) }} then 1 else 0 end) as n_view_days_90d,
        max(occurred_on) as last_viewed_on
    from seen
    group by customer_id, as_of_on, category
),

final as (
    select
        customer_id,
        as_of_on,
        category,
        cast(n_view_days_365d as {{ type_integer() }}) as n_view_days_365d,
        cast(n_view_days_90d as {{ type_integer() }}) as n_view_days_90d,
        1.0e0 * n_view_days_365d / nullif(sum(n_view_days_365d) over (partition by customer_id, as_of_on), 0)
            as view_share_365d,
        {{ days_between('last_viewed_on', 'as_of_on') }} as days_since_last_view
    from counted
)

select * from final
