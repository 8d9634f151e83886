{{ config(materialized='table') }}

{%- set attributes = golden_attributes() %}

with

members as (
    select * from {{ ref('customer_record_member') }}
),

winners as (
    select
        customer_id,
        attribute,
        attribute_value,
        record_key,
        is_conflicting,
        case when is_conflicting then attribute end as conflicting_attribute,
        attribute || '=' || winning_source as attribute_source
    from {{ ref('customer_attribute_winner') }}
),

-- One record: it is the golden one as it stands.
singles as (
    select
        customer_id,
        record_key as name_record,
        record_key as address_record,
        {%- for attribute in attributes %}
        cast({{ attribute }} as {{ type_text() }}) as {{ attribute }},
        {%- endfor %}
        {{ null_as(type_text()) }} as conflicting_attributes,
        0 as n_conflicts,
        source_system as winning_sources
    from members
    where n_records = 1
),

several as (
    select
        customer_id,
        max(case when attribute = 'name' then record_key end) as name_record,
        max(case when attribute = 'address' then record_key end) as address_record,
        {%- for attribute in attributes %}
        max(case when attribute = '{{ attribute }}' then attribute_value end) as {{ attribute }},
        {%- endfor %}
        {{ text_list('conflicting_attribute') }} as conflicting_attributes,
        sum(case when is_conflicting then 1 else 0 end) as n_conflicts,
        {{ text_list('attribute_source') }} as winning_sources
    from winners
    group by customer_id
),

golden as (
    select * from singles
    union all
    select * from several
),

counts as (
    select
        customer_id,
        count(*) as n_records,
        count(distinct source_system) as n_source_systems,
        min(registered_at) as registered_at,
        min(known_at) as known_at,
        max(case when is_all_deleted then 1 else 0 end) = 1 as is_deleted
    from members
    group by customer_id
),

final as (
    select
        counts.customer_id,
        names.given_name,
        names.family_name,
        coalesce(
            names.full_name,
            nullif(trim(coalesce(names.given_name, '') || ' ' || coalesce(names.family_name, '')), '')
        ) as full_name,
        cast(golden.birth_date as date) as birth_date,
        golden.gender,
        golden.company_name,
        golden.email,
        golden.phone,
        addresses.street,
        addresses.city,
        addresses.region,
        addresses.postal_code,
        addresses.country,
        golden.language,
        golden.account_status,
        golden.preferred_channel,
        counts.registered_at,
        counts.is_deleted,
        cast(counts.n_records as {{ type_integer() }}) as n_records,
        cast(counts.n_source_systems as {{ type_integer() }}) as n_source_systems,
        golden.conflicting_attributes,
        cast(coalesce(golden.n_conflicts, 0) as {{ type_integer() }}) as n_conflicts,
        golden.winning_sources,
        counts.known_at
    from counts
    left join golden on counts.customer_id = golden.customer_id
    left join members as names
        on counts.customer_id = names.customer_id and golden.name_record = names.record_key
    left join members as addresses
        on counts.customer_id = addresses.customer_id and golden.address_record = addresses.record_key
)

select * from final
