with

identifiers as (
    select * from {{ source('feeds', 'identifier') }}
    where row_occurred_on is null or row_occurred_on <= {{ as_of() }}
),

batches as (
    select * from {{ source('feeds', 'batch') }}
),

dated as (
    select
        identifiers.identity_key,
        identifiers.identifier_type,
        identifiers.identifier_key,
        identifiers.source_system,
        identifiers.source_customer_id,
        identifiers.is_placeholder,
        identifiers.n_rows,
        {{ utc_timestamp('identifiers.first_seen_at') }} as first_seen_at,
        {{ utc_timestamp('identifiers.last_seen_at') }} as last_seen_at,
        {{ utc_timestamp('identifiers.known_at') }} as given_known_at,
        {{ utc_timestamp('batches.night_end_at') }} as night_end_at,
        coalesce(batches.is_first, false) as is_first_batch,
        coalesce(batches.lag_seconds, 0) as lag_seconds
    from identifiers
    left join batches
        on identifiers.source_name = batches.source
        and identifiers.batch = batches.batch
    where batches.night_on is null or batches.night_on <= {{ as_of() }} or identifiers.row_occurred_on is not null
),

known as (
    select
        *,
        coalesce(
            given_known_at,
            case
                when is_first_batch then {{ add_seconds('first_seen_at', 'lag_seconds') }}
                else {{ later_of('first_seen_at', 'night_end_at') }}
            end
        ) as known_at
    from dated
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
    from known
    group by identity_key, identifier_type, identifier_key
)

select * from links
