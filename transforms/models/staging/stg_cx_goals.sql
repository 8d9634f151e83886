with

source as (
    {{ current_rows('cx_goals', kind='entity') }}
),

renamed as (
    select
        -- keys
        source_system,
        goal_id,

        -- text
        metric_name,
        scope,
        owner,

        -- numbers
        target_value,
        baseline,
        cost_amount,

        -- flags
        coalesce(is_deleted, false) as is_deleted,

        -- times
        due_on,
        {{ utc_timestamp('updated_at') }} as updated_at,
        {{ known_at() }} as known_at
    from source
)

select * from renamed
