-- Whose each key was known to be, day by day: today's map, and what the company held before it knew better.

with

today as (
    select identity_key, customer_id, known_at from {{ ref('identity_map') }}
),

past as (
    select
        identity_key,
        customer_id,
        known_at,
        until_at,
        row_number() over (
            partition by identity_key order by known_at asc nulls last, customer_id asc nulls last
        ) as place
    from {{ ref('identity_past') }}
),

look_back as (
    select * from {{ ref('key_look_back') }}
),

changed_hands as (
    select distinct identity_key from past
),

-- A first owner was known when the key was; every other at the end of a night: its date, in whatever zone.
spans as (
    select
        today.identity_key,
        today.customer_id,
        case
            when changed_hands.identity_key is not null then {{ night_of('today.known_at') }}
            else {{ known_day('today.known_at') }}
        end as known_on,
        {{ for_good() }} as until_on
    from today
    left join changed_hands on today.identity_key = changed_hands.identity_key
    union all
    select
        identity_key,
        customer_id,
        case when place = 1 then {{ known_day('known_at') }} else {{ night_of('known_at') }} end as known_on,
        {{ night_of('until_at') }} as until_on
    from past
),

-- What was found tonight is known tonight.
final as (
    select
        spans.identity_key,
        spans.customer_id,
        least(spans.known_on, {{ as_of() }}) as known_on,
        case
            when spans.until_on = {{ for_good() }} then spans.until_on
            else least(spans.until_on, {{ as_of() }})
        end as until_on,
        look_back.holds_from_on
    from spans
    left join look_back
        on spans.identity_key = look_back.identity_key
        and spans.customer_id = look_back.customer_id
)

select * from final
where known_on < until_on
