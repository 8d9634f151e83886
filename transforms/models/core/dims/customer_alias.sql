-- Whose an id that nobody has any more is today: the customer of most of the keys that once were its own.
with

alive as (
    select customer_id from {{ ref('golden_customer') }}
),

held as (
    select distinct
        identity_key,
        customer_id as previous_customer_id
    from {{ source('built', 'identity_trail') }}
    where customer_id is not null
),

today as (
    select identity_key, customer_id from {{ ref('identity_map') }}
),

latest as (
    select
        previous_customer_id,
        max(as_of_on) as merged_on
    from {{ ref('fct_identity_event') }}
    where event_type = 'merged'
    group by previous_customer_id
),

counted as (
    select
        held.previous_customer_id,
        today.customer_id,
        count(*) as n_keys
    from held
    inner join today on held.identity_key = today.identity_key
    left join alive on held.previous_customer_id = alive.customer_id
    where alive.customer_id is null
    group by held.previous_customer_id, today.customer_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by previous_customer_id
            order by n_keys desc nulls last, customer_id asc nulls last
        ) as place
    from counted
),

final as (
    select
        ranked.previous_customer_id,
        ranked.customer_id,
        latest.merged_on
    from ranked
    left join latest on ranked.previous_customer_id = latest.previous_customer_id
    where ranked.place = 1
)

select * from final
