{{ config(alias='metric_definition') }}

with

definitions as (
    select * from {{ ref('metric_definition') }}
),

-- The versions in use say what the data and the company file have decided (scale, horizon); a metric
-- that nothing fills is there by its plain version.
used as (
    select distinct
        metric_name,
        definition_version
    from {{ ref('mart_metric') }}
),

final as (
    select
        cast(definitions.metric_name as {{ type_text() }}) as metric_name,
        cast(coalesce(used.definition_version, definitions.version) as {{ type_text() }})
            as definition_version,
        cast(definitions.title as {{ type_text() }}) as title,
        cast(definitions.formula as {{ type_text() }}) as formula,
        cast(definitions.unit as {{ type_text() }}) as unit,
        cast(definitions.ci_method as {{ type_text() }}) as ci_method,
        cast(definitions.is_higher_better as {{ type_flag() }}) as is_higher_better,
        cast(definitions.source as {{ type_text() }}) as source,
        cast(definitions.test_vector as {{ type_text() }}) as test_vector,
        cast(used.metric_name is not null as {{ type_flag() }}) as is_in_use
    from definitions
    left join used on definitions.metric_name = used.metric_name
)

select * from final
