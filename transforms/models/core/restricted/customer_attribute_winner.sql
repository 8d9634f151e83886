{{ config(materialized='table') }}

{%- set attributes = golden_attributes() %}

with

members as (
    select * from {{ ref('customer_record_member') }}
    where n_records > 1
),

candidates as (
    select customer_id, record_key, source_system, updated_at, 'name' as attribute, {{ name_value() }} as attribute_value
    from members
    union all
    select customer_id, record_key, source_system, updated_at, 'address' as attribute, {{ address_value() }} as attribute_value
    from members
    {%- for attribute in attributes %}
    union all
    select
        customer_id, record_key, source_system, updated_at, '{{ attribute }}' as attribute,
        cast({{ attribute }} as {{ type_text() }}) as attribute_value
    from members
    {%- endfor %}
),

counted as (
    select
        *,
        count(*) over (partition by customer_id, attribute, attribute_value) as n_same,
        min(attribute_value) over (partition by customer_id, attribute) as lowest,
        max(attribute_value) over (partition by customer_id, attribute) as highest
    from candidates
    where attribute_value is not null
),

-- Survivorship: the most trusted system, then the newest version, then what most records say.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, attribute
            order by
                {{ trust_rank('source_system') }} asc nulls last,
                updated_at desc nulls last,
                n_same desc nulls last,
                attribute_value asc nulls last,
                record_key asc nulls last
        ) as place
    from counted
),

final as (
    select
        {{ md5_key(['customer_id', 'attribute']) }} as winner_key,
        customer_id,
        cast(attribute as {{ type_text() }}) as attribute,
        attribute_value,
        record_key,
        source_system as winning_source,
        lowest <> highest as is_conflicting
    from ranked
    where place = 1
)

select * from final
