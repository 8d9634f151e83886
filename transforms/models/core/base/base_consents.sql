{{ config(meta={'feed': 'consents'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_consents') }}
    where {{ in_touched_days('consents') }}
),

final as (
    select
        consent_key,
        source_system,
        identity_key,
        occurred_on,
        decided_at,
        purpose,
        channel,
        status,
        legal_basis,
        known_at
    from rows_of_days
)

select * from final
