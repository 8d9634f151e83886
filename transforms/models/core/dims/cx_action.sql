{{ config(schema='keyed') }}

with

actions as (
    select * from {{ ref('stg_cx_actions') }}
    where not is_deleted
),

final as (
    select
        action_id,
        metric_name,
        scope,
        baseline,
        target_value,
        due_on,
        started_on,
        owner,
        cost_amount,
        known_at
    from actions
)

select * from final
