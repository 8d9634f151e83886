with

resolved as (
    select * from {{ source('built', 'identity_map') }}
),

look_back as (
    select * from {{ ref('key_look_back') }}
),

final as (
    select
        resolved.identity_key,
        resolved.customer_id,
        resolved.match_rule,
        resolved.match_probability,
        resolved.evidence,
        resolved.first_seen_at,
        resolved.known_at,
        look_back.holds_from_on
    from resolved
    left join look_back
        on resolved.identity_key = look_back.identity_key
        and resolved.customer_id = look_back.customer_id
)

select * from final
