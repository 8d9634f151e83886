{{ config(meta={'feed': 'measurements'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_measurements') }}
    where {{ in_touched_days('measurements') }}
),

final as (
    select
        measurement_key,
        source_system,
        identity_key,
        measure,
        occurred_on,
        value,
        known_at
    from rows_of_days
)

select * from final
