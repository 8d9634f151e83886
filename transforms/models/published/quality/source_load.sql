with

recorded as (
    select * from {{ source('built', 'source_load') }}
),

final as (
    select
        cast(source as {{ type_text() }}) as source,
        cast(status as {{ type_text() }}) as status,
        cast(reason as {{ type_text() }}) as reason_code,
        cast(message as {{ type_text() }}) as message,
        cast(n_files as {{ type_integer() }}) as n_files,
        cast(n_framed as {{ type_integer() }}) as n_framed,
        cast(n_parsed as {{ type_integer() }}) as n_parsed,
        cast(n_quarantined as {{ type_integer() }}) as n_quarantined,
        cast(n_blank as {{ type_integer() }}) as n_blank,
        {{ utc_timestamp('data_through_at') }} as data_through_at
    from recorded
)

select * from final
