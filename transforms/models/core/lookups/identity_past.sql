with

trail as (
    select identity_key, customer_id, known_at from {{ source('built', 'identity_trail') }}
),

today as (
    select identity_key, known_at from {{ ref('identity_map') }}
),

-- What today's map says since before the trail's word is what counts: a key that was given back never left.
ordered as (
    select
        trail.identity_key,
        trail.customer_id,
        trail.known_at,
        coalesce(
            lead(trail.known_at) over (
                partition by trail.identity_key
                order by trail.known_at asc nulls last, trail.customer_id asc nulls last
            ),
            today.known_at,
            {{ day_start(as_of()) }}
        ) as until_at
    from trail
    left join today on trail.identity_key = today.identity_key
    where coalesce(trail.known_at < today.known_at, true)
),

final as (
    select
        identity_key,
        cast(customer_id as {{ type_text() }}) as customer_id,
        known_at,
        until_at
    from ordered
    where customer_id is not null and known_at < until_at
)

select * from final
