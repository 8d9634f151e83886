with

employees as (
    select * from {{ ref('stg_employees') }}
),

final as (
    select
        agent_id,
        source_system,
        team,
        site,
        hired_on,
        ended_on,
        is_deleted
    from employees
)

select * from final
