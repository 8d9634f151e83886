{{ config(meta={'feed': 'case_events'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_case_events') }}
    where {{ in_touched_days('case_events') }}
),

final as (
    select
        case_event_key,
        source_system,
        case_ref,
        identity_key,
        occurred_on,
        occurred_at,
        event,
        value,
        agent_id,
        team,
        priority,
        reason,
        known_at
    from rows_of_days
)

select * from final
