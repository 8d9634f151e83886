{{ config(meta={'feed': 'incidents'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_incidents') }}
    where {{ in_touched_days('incidents') }}
),

final as (
    select
        incident_key,
        source_system,
        incident_id,
        occurred_on,
        started_at,
        ended_at,
        touchpoint,
        product_id,
        region,
        notice_sent_at,
        known_at
    from rows_of_days
)

select * from final
