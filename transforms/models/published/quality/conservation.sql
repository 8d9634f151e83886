with

recorded as (
    select * from {{ source('built', 'conservation') }}
),

final as (
    select
        cast(batch as {{ type_integer() }}) as batch,
        cast(source as {{ type_text() }}) as source,
        cast(file_id as {{ type_text() }}) as file_id,
        cast(feed as {{ type_text() }}) as feed,
        cast(mapping_index as {{ type_integer() }}) as mapping_index,
        cast(stage as {{ type_text() }}) as stage,
        cast(measure as {{ type_text() }}) as measure,
        cast(recorded.value as {{ type_integer() }}) as value
    from recorded
)

select * from final
