-- How complete profiles are, attribute by attribute, and how far records agree: of all customers, and of
-- what each source system says of its own. A name and an address are one attribute each, as they survive.
{%- set values = [('name', name_value()), ('address', address_value())] %}
{%- for attribute in golden_attributes() %}
    {%- do values.append((attribute, 'cast(' ~ attribute ~ ' as ' ~ type_text() ~ ')')) %}
{%- endfor %}
-- Parts of an address, which survive with it.
{%- for part in ['postal_code', 'country'] %}
    {%- do values.append((part, part)) %}
{%- endfor %}
{#- What an address is compared by. -#}
{%- set columns = values | list %}
{%- for part, compared in address_parts() %}
    {%- do columns.append(('part_' ~ part, compared)) %}
{%- endfor %}
with

customers as (
    select customer_id from {{ ref('golden_customer') }}
    where not is_deleted
),

golden as (
    select
        customer_id,
        {%- for column, value in columns %}
        {{ value }} as golden_{{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('customer_attribute') }}
),

records as (
    select
        customer_id,
        source_system,
        {%- for column, value in columns %}
        {{ value }} as said_{{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('customer_record_member') }}
),

winners as (
    select winners.* from {{ ref('customer_attribute_winner') }} as winners
    inner join customers on winners.customer_id = customers.customer_id
    where winners.n_records > 1
),

filled as (
    select
        count(*) as n_customers,
        {%- for attribute, _ in values %}
        count(golden.golden_{{ attribute }}) as n_{{ attribute }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from customers
    left join golden on customers.customer_id = golden.customer_id
),

-- An account's state is in each system's own words, which are not compared.
compared as (
    select
        attribute,
        count(*) as n_compared,
        sum(case when is_conflicting then 1 else 0 end) as n_conflicting,
        cast(sum(n_agreeing) as {{ type_number() }}) as n_agreeing,
        cast(sum(n_records) as {{ type_number() }}) as n_records,
        sum(case when n_source_systems > 1 then 1 else 0 end) as n_confirmed
    from winners
    where attribute <> 'account_status'
    group by attribute
),

-- A source agrees with the profile where one of its records of the customer does.
said as (
    select
        records.customer_id,
        records.source_system,
        {%- for attribute, _ in values %}
        max(case when records.said_{{ attribute }} is not null then 1 else 0 end) as says_{{ attribute }},
        max(case
            when
                {% if attribute == 'address' -%}
                records.said_address is not null
                and not {{ any_address_part('records.said_part_%s <> golden.golden_part_%s') }}
                {%- else -%}
                records.said_{{ attribute }} = golden.golden_{{ attribute }}
                {%- endif %}
                then 1
            else 0
        end)
            as agrees_{{ attribute }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from records
    inner join customers on records.customer_id = customers.customer_id
    inner join golden on records.customer_id = golden.customer_id
    group by records.customer_id, records.source_system
),

by_source as (
    select
        source_system,
        count(*) as n_customers,
        {%- for attribute, _ in values %}
        sum(says_{{ attribute }}) as n_{{ attribute }},
        sum(case when says_{{ attribute }} > agrees_{{ attribute }} then 1 else 0 end)
            as n_other_{{ attribute }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from said
    group by source_system
),

counted as (
    {%- for attribute, _ in values %}
    select
        '{{ attribute }}' as attribute,
        'all' as source_system,
        filled.n_customers,
        filled.n_{{ attribute }} as n_filled,
        {% if attribute in ('postal_code', 'country', 'account_status') -%}
        null
        {%- else -%}
        coalesce(compared.n_compared, 0)
        {%- endif %} as n_compared,
        compared.n_conflicting,
        compared.n_agreeing / nullif(compared.n_records, 0) as agreement_rate,
        compared.n_confirmed
    from filled
    left join compared on compared.attribute = '{{ attribute }}'
    union all
    select
        '{{ attribute }}',
        source_system,
        n_customers,
        n_{{ attribute }},
        {% if attribute == 'account_status' %}null{% else %}n_{{ attribute }}{% endif %},
        n_other_{{ attribute }},
        null,
        null
    from by_source
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

shares as (
    select
        *,
        cast(n_filled as {{ type_number() }}) / nullif(cast(n_customers as {{ type_number() }}), 0)
            as completeness_rate,
        cast(n_conflicting as {{ type_number() }}) / nullif(cast(n_compared as {{ type_number() }}), 0)
            as conflict_rate,
        cast(n_confirmed as {{ type_number() }}) / nullif(cast(n_compared as {{ type_number() }}), 0)
            as confirmed_rate
    from counted
),

final as (
    select
        cast(attribute as {{ type_text() }}) as attribute,
        cast(source_system as {{ type_text() }}) as source_system,
        cast(n_customers as {{ type_integer() }}) as n_customers,
        cast(n_filled as {{ type_integer() }}) as n_filled,
        completeness_rate,
        {{ wilson_lower('completeness_rate', 'n_customers') }} as ci_lower,
        {{ wilson_upper('completeness_rate', 'n_customers') }} as ci_upper,
        cast(n_compared as {{ type_integer() }}) as n_compared,
        conflict_rate,
        {{ wilson_lower('conflict_rate', 'n_compared') }} as conflict_ci_lower,
        {{ wilson_upper('conflict_rate', 'n_compared') }} as conflict_ci_upper,
        agreement_rate,
        confirmed_rate
    from shares
)

select * from final
