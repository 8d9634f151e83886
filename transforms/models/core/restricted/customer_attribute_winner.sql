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

winners as (
    select * from ranked
    where place = 1
),

addresses as (
    select
        customer_id,
        record_key,
        source_system,
        'address' as attribute,
        {%- for part, compared in address_parts() %}
        {{ compared }} as said_{{ part }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from members
    where {{ address_value() }} is not null
),

beside_winner as (
    select
        addresses.*,
        {{ any_address_part('addresses.said_%s <> winning.said_%s') }} as is_other
    from winners
    inner join addresses as winning
        on winners.customer_id = winning.customer_id
        and winners.attribute = winning.attribute
        and winners.record_key = winning.record_key
    inner join addresses on winners.customer_id = addresses.customer_id
),

-- An address contradicts another in a part that both say: one may say less.
addressed as (
    select
        customer_id,
        attribute,
        {{ any_address_part('min(said_%s) <> max(said_%s)') }} as is_conflicting,
        sum(case when is_other then 0 else 1 end) as n_same,
        count(distinct case when not is_other then source_system end) as n_sources
    from beside_winner
    group by customer_id, attribute
),

agreed as (
    select
        winners.*,
        coalesce(addressed.n_same, winners.n_same) as n_agreeing,
        coalesce(addressed.n_sources, winners.n_sources) as n_source_systems,
        -- The state of an account is in each system's own words: two of them are no contradiction.
        case
            when winners.attribute = 'account_status' then false
            else coalesce(addressed.is_conflicting, winners.lowest <> winners.highest)
        end as is_conflicting
    from winners
    left join addressed
        on winners.customer_id = addressed.customer_id
        and winners.attribute = addressed.attribute
),

final as (
    select
        {{ md5_key(['customer_id', 'attribute']) }} as winner_key,
        customer_id,
        cast(attribute as {{ type_text() }}) as attribute,
        attribute_value,
        record_key,
        source_system as winning_source,
        is_conflicting,
        cast(n_said as {{ type_integer() }}) as n_records,
        cast(n_agreeing as {{ type_integer() }}) as n_agreeing,
        cast(n_source_systems as {{ type_integer() }}) as n_source_systems,
        cast(n_agreeing as {{ type_number() }}) / nullif(cast(n_said as {{ type_number() }}), 0) as confidence
    from agreed
)

select * from final
