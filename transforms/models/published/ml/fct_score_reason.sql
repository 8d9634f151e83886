with

scored as (
    select * from {{ source('built', 'score_reason') }}
),

final as (
    select
        cast(customer_id as {{ type_text() }}) as customer_id,
        cast(as_of_on as {{ type_day() }}) as as_of_on,
        cast(rank as {{ type_integer() }}) as rank,
        cast(feature as {{ type_text() }}) as feature,
        cast(contribution as {{ type_number() }}) as contribution,
        cast(direction as {{ type_text() }}) as direction,
        cast(reason_text as {{ type_text() }}) as reason_text
    from scored
)

select * from final
