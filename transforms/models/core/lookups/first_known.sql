with

updated as (
    select * from {{ ref('stg_first_known') }}
),

final as (
    select
        cast(feed as {{ type_text() }}) as feed,
        row_key,
        first_known_at
    from updated
)

select * from final
