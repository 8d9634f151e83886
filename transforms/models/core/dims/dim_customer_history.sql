{%- set own = ['gender', 'language', 'account_status', 'preferred_channel'] -%}
{%- set measured = ['any_name', 'birth_date', 'gender', 'email', 'phone', 'postal_code', 'country', 'language'] -%}
{%- set told = [
    'birth_year', 'gender', 'region', 'postal_code_prefix', 'country', 'language', 'account_status',
    'preferred_channel', 'is_business', 'is_deleted', 'has_email', 'has_phone', 'has_address',
    'attribute_completeness'
] -%}
{%- set n_measured -%} cast({{ measured | length }} * attribute_completeness as {{ type_integer() }}) {%- endset %}

with

versions as (
    select * from {{ ref('stg_customer_record_version') }}
),

identities as (
    select identity_key, customer_id from {{ ref('identity_map') }}
),

customers as (
    select * from {{ ref('golden_customer') }}
),

owned as (
    select
        identities.customer_id,
        {{ md5_key(['versions.source_system', 'versions.source_customer_id']) }} as record_key,
        versions.*,
        {{ trust_rank('versions.source_system') }} as trust,
        {{ epoch_us('versions.valid_from') }} as from_us
    from versions
    inner join identities on versions.identity_key = identities.identity_key
),

-- The moments at which anything of a customer changed; who has one only is golden as of then.
moments as (
    select
        customer_id,
        valid_from,
        count(*) over (partition by customer_id) as n_moments
    from owned
    group by customer_id, valid_from
),

-- What each record of the customer said at each moment.
standing as (
    select
        owned.*,
        moments.valid_from as moment,
        row_number() over (
            partition by moments.customer_id, moments.valid_from, owned.record_key
            order by owned.valid_from desc nulls last, owned.version_batch desc nulls last, owned.row_id asc nulls last
        ) as place
    from moments
    inner join owned on moments.customer_id = owned.customer_id and owned.valid_from <= moments.valid_from
    where moments.n_moments > 1
),

counted as (
    select
        *,
        min(case when is_deleted then 1 else 0 end) over (partition by customer_id, moment) = 1 as is_all_deleted
    from standing
    where place = 1
),

-- Survivorship as of the golden record: the most trusted system, then the newest version.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, moment
            order by trust asc nulls last, from_us desc nulls last, record_key asc nulls last
        ) as turn
    from counted
    where not is_deleted or is_all_deleted
),

-- An address survives as a whole: no customer gets one source's region in another one's country.
placed as (
    select
        *,
        min(case when has_place then turn end) over (partition by customer_id, moment) as place_turn
    from ranked
),

golden_then as (
    select
        customer_id,
        moment as valid_from,
        {{ date_part_of('year', first_by('birth_date', 'turn')) }} as birth_year,
        {%- for attribute in own %}
        {{ first_by(attribute, 'turn') }} as {{ attribute }},
        {%- endfor %}
        max(case when turn = place_turn then region end) as region,
        {{ first_characters('max(case when turn = place_turn then postal_code end)', 3) }} as postal_code_prefix,
        max(case when turn = place_turn then country end) as country,
        count(company_name) > 0 as is_business,
        max(case when is_all_deleted then 1 else 0 end) = 1 as is_deleted,
        count(email) > 0 as has_email,
        count(phone) > 0 as has_phone,
        count(any_address) > 0 as has_address,
        cast(
            {%- for attribute in measured %}
            case when count({{ attribute }}) > 0 then 1 else 0 end{% if not loop.last %} +{% endif %}
            {%- endfor %} as {{ type_number() }}
        ) / {{ measured | length }}.0e0 as attribute_completeness
    from placed
    group by customer_id, moment
),

last_moment as (
    select
        customer_id,
        max(valid_from) as valid_from
    from moments
    group by customer_id
),

-- The last state is the golden record itself, so that today's history and dimension are one.
states as (
    select
        golden_then.customer_id,
        golden_then.valid_from,
        {%- for column in told %}
        golden_then.{{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from golden_then
    inner join last_moment on golden_then.customer_id = last_moment.customer_id
    where golden_then.valid_from < last_moment.valid_from
    union all
    select
        customers.customer_id,
        coalesce(last_moment.valid_from, customers.first_seen_at, cast('1970-01-01' as timestamp)),
        {%- for column in told %}
        customers.{{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from customers
    left join last_moment on customers.customer_id = last_moment.customer_id
),

hashed as (
    select
        *,
        {{ md5_key(told[:-1] + [n_measured]) }} as state_hash
    from states
),

compared as (
    select
        *,
        lag(state_hash) over (
            partition by customer_id
            order by valid_from asc nulls last, state_hash asc nulls last
        ) as previous_hash
    from hashed
),

changed as (
    select * from compared
    where previous_hash is null or previous_hash <> state_hash
),

final as (
    select
        {{ md5_key(['customer_id', epoch_us('valid_from')]) }} as history_key,
        customer_id,
        valid_from,
        lead(valid_from) over (
            partition by customer_id
            order by valid_from asc nulls last, state_hash asc nulls last
        ) as valid_to,
        {%- for column in told %}
        {{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from changed
)

select * from final
