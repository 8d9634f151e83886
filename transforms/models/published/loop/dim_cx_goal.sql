with

goals as (
    select * from {{ ref('cx_goal') }}
),

final as (
    select
        goal_id,
        metric_name,
        scope,
        baseline,
        target_value,
        due_on,
        owner,
        cost_amount
    from goals
)

select * from final
