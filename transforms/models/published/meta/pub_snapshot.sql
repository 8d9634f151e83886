with

recorded as (
    select * from {{ source('built', 'snapshot') }}
),

final as (
    select
        cast(version as {{ type_text() }}) as version,
        cast(build_id as {{ type_text() }}) as build_id,
        cast(as_of_on as {{ type_day() }}) as as_of_on,
        {{ utc_timestamp('published_at') }} as published_at,
        cast(code_revision as {{ type_text() }}) as code_revision,
        cast(input_manifest_sha256 as {{ type_text() }}) as input_manifest_sha256,
        cast('{{ var("timezone") }}' as {{ type_text() }}) as timezone,
        cast('{{ var("reporting_currency") }}' as {{ type_text() }}) as reporting_currency,
        cast('{{ night("churn_kind") }}' as {{ type_text() }}) as churn_kind,
        cast({{ night('churn_horizon_days') or 'null' }} as {{ type_integer() }}) as churn_horizon_days,
        cast({{ var('minimum_n') }} as {{ type_integer() }}) as minimum_n
    from recorded
)

select * from final
