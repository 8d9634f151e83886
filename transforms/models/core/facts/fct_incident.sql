with

incidents as (
    select * from {{ ref('base_incidents') }}
),

final as (
    select
        incident_key,
        source_system,
        incident_id,
        started_at,
        occurred_on as started_on,
        ended_at,
        touchpoint,
        product_id,
        region,
        notice_sent_at,
        known_at
    from incidents
)

select * from final
