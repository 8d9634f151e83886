-- Whose each key was known to be, day by day: today's map, and what the company held before it knew better.

with

today as (
    select
        identity_key,
        customer_id,
        -- What was found tonight is known tonight.
        least({{ known_day('known_at') }}, {{ as_of() }}) as known_on,
        {{ for_good() }} as until_on
    from {{ ref('identity_map') }}
),

past as (
    select
        identity_key,
        customer_id,
        {{ known_day('known_at') }} as known_on,
        least({{ known_day('until_at') }}, {{ as_of() }}) as until_on
    from {{ ref('identity_past') }}
),

final as (
    select * from today
    union all
    select * from past
    where known_on < until_on
)

select * from final
