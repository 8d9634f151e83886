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
        {%- for part, compared in address_parts() %},
        {% if attribute == 'address' %}{{ compared }}{% else %}{{ null_as(type_text()) }}{% endif %} as said_{{ part }}
        {%- endfor %}
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
        {%- for part, _ in address_parts() %}
        min(said_{{ part }}) as said_{{ part }},
        {%- endfor %}
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
        {%- for part, _ in address_parts() %}
        min(said_{{ part }}) as said_{{ part }},
        {%- endfor %}
        sum(n_rows) as n_same,
        count(*) as n_sources
    from same_by_source
    group by customer_id, attribute, attribute_value
),

-- An address contradicts another in a part that both say. The state of an account is in each system's own
-- words, so that two of them are no contradiction.
said as (
    select
        customer_id,
        attribute,
        sum(n_same) as n_said,
        case attribute
            when 'account_status' then false
            when 'address' then {{ any_part('min(said_%s) <> max(said_%s)') }}
            else min(attribute_value) <> max(attribute_value)
        end as is_conflicting
    from same
    group by customer_id, attribute
),

counted as (
    select
        candidates.*,
        same.n_same,
        same.n_sources,
        said.n_said,
        said.is_conflicting
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

winners as (
    select * from ranked
    where place = 1
),

-- Those who agree on an address say no part of it otherwise than the one that survived.
agreeing as (
    select
        winners.customer_id,
        sum(same_by_source.n_rows) as n_same,
        count(distinct same_by_source.source_system) as n_sources
    from winners
    inner join same_by_source
        on winners.customer_id = same_by_source.customer_id
        and winners.attribute = same_by_source.attribute
    where winners.attribute = 'address' and not {{ any_part('winners.said_%s <> same_by_source.said_%s') }}
    group by winners.customer_id
),

final as (
    select
        {{ md5_key(['winners.customer_id', 'winners.attribute']) }} as winner_key,
        winners.customer_id,
        cast(winners.attribute as {{ type_text() }}) as attribute,
        winners.attribute_value,
        winners.record_key,
        winners.source_system as winning_source,
        winners.is_conflicting,
        cast(winners.n_said as {{ type_integer() }}) as n_records,
        cast(coalesce(agreeing.n_same, winners.n_same) as {{ type_integer() }}) as n_agreeing,
        cast(coalesce(agreeing.n_sources, winners.n_sources) as {{ type_integer() }}) as n_source_systems,
        cast(coalesce(agreeing.n_same, winners.n_same) as {{ type_number() }})
        / nullif(cast(winners.n_said as {{ type_number() }}), 0) as confidence
    from winners
    left join agreeing
        on winners.customer_id = agreeing.customer_id
        and winners.attribute = 'address'
)

select * from final
