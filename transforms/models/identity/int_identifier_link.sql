with

identifiers as (
    select * from {{ ref('stg_identifier') }}
),

links as (
    select
        identity_key,
        identifier_type,
        identifier_key,
        max(source_system) as source_system,
        max(source_customer_id) as source_customer_id,
        bool_or(is_placeholder) as is_placeholder,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        min(known_at) as known_at,
        cast(sum(n_rows) as {{ type_integer() }}) as n_rows
    from identifiers
    group by identity_key, identifier_type, identifier_key
)

select * from links
