{%- set measured = [
    'full_name', 'birth_date', 'gender', 'email', 'phone', 'postal_code', 'country', 'language'
] -%}

with

customers as (
    select
        customer_id,
        min({{ later_of('first_seen_at', day_start('holds_from_on')) }}) as first_seen_at,
        min(known_at) as known_at
    from {{ ref('identity_map') }}
    group by customer_id
),

identifiers as (
    select
        customer_id,
        max(last_seen_at) as last_seen_at,
        count(*) as n_identifiers
    from {{ ref('bridge_identity') }}
    group by customer_id
),

attributes as (
    select * from {{ ref('customer_attribute') }}
),

groups as (
    select
        customer_id,
        max(case when kind = 'household' then group_id end) as household_id,
        max(case when kind = 'account' then group_id end) as business_account_id
    from {{ source('built', 'customer_group') }}
    group by customer_id
),

-- Only what may be published leaves the restricted database: no name, contact, address or full date.
final as (
    select
        customers.customer_id,
        customers.first_seen_at,
        identifiers.last_seen_at,
        cast(coalesce(identifiers.n_identifiers, 0) as {{ type_integer() }}) as n_identifiers,
        coalesce(attributes.n_records, 0) as n_records,
        coalesce(attributes.n_source_systems, 0) as n_source_systems,
        {{ date_part_of('year', 'attributes.birth_date') }} as birth_year,
        attributes.gender,
        attributes.region,
        {{ first_characters('attributes.postal_code', 3) }} as postal_code_prefix,
        attributes.country,
        attributes.language,
        attributes.account_status,
        attributes.preferred_channel,
        attributes.registered_at,
        attributes.company_name is not null as is_business,
        coalesce(attributes.is_deleted, false) as is_deleted,
        attributes.email is not null as has_email,
        attributes.phone is not null as has_phone,
        coalesce(attributes.street, attributes.city, attributes.postal_code) is not null as has_address,
        cast(
            {%- for attribute in measured %}
            case when attributes.{{ attribute }} is not null then 1 else 0 end{% if not loop.last %} +{% endif %}
            {%- endfor %} as {{ type_number() }}
        ) / {{ measured | length }}.0e0 as attribute_completeness,
        attributes.conflicting_attributes,
        coalesce(attributes.n_conflicts, 0) as n_conflicts,
        cast(groups.household_id as {{ type_text() }}) as household_id,
        cast(groups.business_account_id as {{ type_text() }}) as business_account_id,
        customers.known_at
    from customers
    left join identifiers on customers.customer_id = identifiers.customer_id
    left join attributes on customers.customer_id = attributes.customer_id
    left join groups on customers.customer_id = groups.customer_id
)

select * from final
