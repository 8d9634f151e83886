with

recorded as (
    select * from {{ source('built', 'quarantine_summary') }}
),

final as (
    select
        cast(source as {{ type_text() }}) as source,
        cast(feed as {{ type_text() }}) as feed,
        cast(stage as {{ type_text() }}) as stage,
        cast(reason_code as {{ type_text() }}) as reason_code,
        cast(handling as {{ type_text() }}) as handling,
        cast(n_rows as {{ type_integer() }}) as n_rows
    from recorded
)

select * from final
