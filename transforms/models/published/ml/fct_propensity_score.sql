with

scored as (
    select * from {{ source('built', 'propensity_score') }}
),

final as (
    select
        cast(customer_id as {{ type_text() }}) as customer_id,
        cast(as_of_on as {{ type_day() }}) as as_of_on,
        cast(offer_id as {{ type_text() }}) as offer_id,
        cast(propensity_probability as {{ type_number() }}) as propensity_probability,
        cast(decile as {{ type_integer() }}) as decile,
        cast(model_version as {{ type_text() }}) as model_version,
        cast(horizon_days as {{ type_integer() }}) as horizon_days
    from scored
)

select * from final
