with

resolved as (
    select * from {{ source('built', 'identity_map') }}
),

final as (
    select
        identity_key,
        customer_id,
        match_rule,
        match_probability,
        evidence,
        first_seen_at,
        known_at
    from resolved
)

select * from final
