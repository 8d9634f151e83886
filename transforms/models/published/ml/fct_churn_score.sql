with

scored as (
    select * from {{ source('built', 'churn_score') }}
),

final as (
    select
        cast(customer_id as {{ type_text() }}) as customer_id,
        cast(as_of_on as {{ type_day() }}) as as_of_on,
        cast(outcome as {{ type_text() }}) as outcome,
        cast(horizon_days as {{ type_integer() }}) as horizon_days,
        cast(model_version as {{ type_text() }}) as model_version,
        cast(churn_probability as {{ type_number() }}) as churn_probability,
        cast(risk_band as {{ type_text() }}) as risk_band,
        cast(decile as {{ type_integer() }}) as decile
    from scored
)

select * from final
