with

actions as (
    select * from {{ ref('cx_action') }}
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
        cost_amount
    from actions
)

select * from final
