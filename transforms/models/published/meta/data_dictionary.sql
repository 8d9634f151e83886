with

recorded as (
    select * from {{ source('built', 'data_dictionary') }}
),

final as (
    select
        cast(schema_name as {{ type_text() }}) as schema_name,
        cast(table_name as {{ type_text() }}) as table_name,
        cast(table_description as {{ type_text() }}) as table_description,
        cast(position as {{ type_integer() }}) as sort_order,
        cast(column_name as {{ type_text() }}) as column_name,
        cast(data_type as {{ type_text() }}) as data_type,
        cast(description as {{ type_text() }}) as description
    from recorded
)

select * from final
