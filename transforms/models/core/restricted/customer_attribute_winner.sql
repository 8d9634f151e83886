{{ config(materialized='table') }}

{%- set values = [('name', name_value()), ('address', address_value())] %}
{%- for attribute in golden_attributes() %}
    {%- do values.append((attribute, 'cast(' ~ attribute ~ ' as ' ~ type_text() ~ ')')) %}
{%- endfor %}

with

members as (
    select * from {{ ref('customer_record_member') }}
    where n_records > 1
),

candidates as (
    {%- for attribute, value in values %}
    select
        customer_id,
        record_key,
        source_system,
        updated_at,
        '{{ attribute }}' as attribute,
        {{ value }} as attribute_value
    from members
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Counted by groups and joined: windows would sort all candidates twice more.
same_by_source as (
    select
        customer_id,
        attribute,
        attribute_value,
        source_system,
        count(*) as n_rows
    from candidates
    where attribute_value is not null
    group by customer_id, attribute, attribute_value, source_system
),

same as (
    select
        customer_id,
        attribute,
        attribute_value,
        sum(n_rows) as n_same,
        count(*) as n_sources
    from same_by_source
    group by customer_id, attribute, attribute_value
),

said as (
    select
        customer_id,
        attribute,
        sum(n_same) as n_said,
        min(attribute_value) as lowest,
        max(attribute_value) as highest
    from same
    group by customer_id, attribute
),

counted as (
    select
        candidates.*,
        same.n_same,
        same.n_sources,
        said.n_said,
        said.lowest,
        said.highest
    from candidates
    inner join same
        on candidates.customer_id = same.customer_id
        and candidates.attribute = same.attribute
        and candidates.attribute_value = same.attribute_value
    inner join said
        on candidates.customer_id = said.customer_id
        and candidates.attribute = said.attribute
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
        lowest <> highest as is_conflicting,
        cast(n_said as {{ type_integer() }}) as n_records,
        cast(n_same as {{ type_integer() }}) as n_agreeing,
        cast(n_sources as {{ type_integer() }}) as n_source_systems,
        cast(n_same as {{ type_number() }}) / nullif(cast(n_said as {{ type_number() }}), 0) as confidence
    from ranked
    where place = 1
)

select * from final
