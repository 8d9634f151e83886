{{ config(schema='keyed') }}

with

goals as (
    select * from {{ ref('stg_cx_goals') }}
    where not is_deleted
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
        cost_amount,
        known_at
    from goals
)

select * from final
