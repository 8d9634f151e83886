with

scored as (
    select * from {{ source('built', 'monitor') }}
),

final as (
    select
        cast(as_of_on as {{ type_day() }}) as as_of_on,
        cast(outcome as {{ type_text() }}) as outcome,
        cast(offer_id as {{ type_text() }}) as offer_id,
        cast(model_version as {{ type_text() }}) as model_version,
        cast(monitor_name as {{ type_text() }}) as monitor_name,
        cast(feature as {{ type_text() }}) as feature,
        cast(value as {{ type_number() }}) as value,
        cast(ci_lower as {{ type_number() }}) as ci_lower,
        cast(ci_upper as {{ type_number() }}) as ci_upper,
        cast(watch_limit as {{ type_number() }}) as watch_limit,
        cast(act_limit as {{ type_number() }}) as act_limit,
        cast(n_baseline as {{ type_integer() }}) as n_baseline,
        cast(n_current as {{ type_integer() }}) as n_current,
        cast(status as {{ type_text() }}) as status
    from scored
)

select * from final
