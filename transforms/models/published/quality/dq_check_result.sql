with

recorded as (
    select * from {{ source('built', 'check_result') }}
),

final as (
    select
        cast(gate as {{ type_text() }}) as gate,
        cast(layer as {{ type_text() }}) as layer,
        cast(table_name as {{ type_text() }}) as table_name,
        cast(column_name as {{ type_text() }}) as column_name,
        cast(expectation as {{ type_text() }}) as expectation,
        cast(observed as {{ type_number() }}) as observed,
        cast(recorded.limit as {{ type_text() }}) as limit_text,
        cast(n_rows as {{ type_integer() }}) as n_rows,
        cast(n_failed as {{ type_integer() }}) as n_failed,
        cast(severity as {{ type_text() }}) as severity,
        cast(passed as {{ type_flag() }}) as passed,
        cast(is_skipped as {{ type_flag() }}) as is_skipped,
        cast(message as {{ type_text() }}) as message,
        cast(expected as {{ type_number() }}) as expected,
        cast(warn_lower as {{ type_number() }}) as warn_lower,
        cast(warn_upper as {{ type_number() }}) as warn_upper,
        cast(stop_lower as {{ type_number() }}) as stop_lower,
        cast(stop_upper as {{ type_number() }}) as stop_upper,
        cast(n_history as {{ type_integer() }}) as n_history,
        cast(history as {{ type_text() }}) as history,
        cast(is_waived as {{ type_flag() }}) as is_waived,
        cast(waived_by as {{ type_text() }}) as waived_by,
        cast(waived_why as {{ type_text() }}) as waived_why
    from recorded
)

select * from final
