{#- The declared survivorship of the golden record. -#}

{#- Attributes that survive each by itself. Names and addresses survive as a whole, so that no customer
    gets one source's street in another one's town. -#}
{% macro golden_attributes() -%}
    {%- do return([
        'birth_date', 'gender', 'company_name', 'language', 'account_status', 'preferred_channel',
        'email', 'phone'
    ]) -%}
{%- endmacro %}

{#- Place of a source system in the order of trust (var attribute_trust); those not named come last. -#}
{% macro trust_rank(source_system) -%}
    {%- set trust = var('attribute_trust') -%}
    {%- if trust -%}
        case {{ source_system }}
            {%- for name in trust %} when '{{ name | replace("'", "''") }}' then {{ loop.index0 }}{% endfor %}
            else {{ trust | length }}
        end
    {%- else -%}
        0
    {%- endif -%}
{%- endmacro %}

{#- Text by which two records of one name are compared. -#}
{% macro name_value() -%}
    nullif(trim(lower(coalesce(full_name, coalesce(given_name, '') || ' ' || coalesce(family_name, '')))), '')
{%- endmacro %}

{#- Text by which two records of one address are compared. -#}
{% macro address_value() -%}
    nullif(trim(lower(
        coalesce(street, '') || ' ' || coalesce(postal_code, '') || ' ' || coalesce(city, '')
        || ' ' || coalesce(region, '') || ' ' || coalesce(country, '')
    )), '')
{%- endmacro %}

{#- What two records of an address may contradict each other in, as compared. What one of them leaves out
    is no contradiction, nor are two names of a town, where a postal code says which it is. -#}
{% macro address_parts() -%}
    {%- do return([
        ('street', plain_text('street')),
        ('postal_code', plain_text('postal_code')),
        ('town', 'case when postal_code is null then ' ~ plain_text('city') ~ ' end'),
        ('region', plain_text('region')),
        ('country', plain_text('country'))
    ]) -%}
{%- endmacro %}

{#- Whether a condition holds for any part of an address: a %s in it is the part's name. -#}
{% macro any_address_part(condition) -%}
    (
        {%- for part, _ in address_parts() %}
        {% if not loop.first %}or {% endif %}coalesce({{ condition | replace('%s', part) }}, false)
        {%- endfor %}
    )
{%- endmacro %}
