with

bridge as (
    select * from {{ source('built', 'bridge_identity') }}
),

final as (
    select
        {{ md5_key(['identity_key', 'customer_id']) }} as bridge_key,
        source_system,
        source_customer_id,
        identifier_type,
        substring(identity_key, length(identifier_type) + 2) as identifier_hash,
        customer_id,
        match_rule,
        match_probability,
        evidence,
        is_shared,
        first_seen_at,
        last_seen_at,
        identity_key
    from bridge
)

select * from final
