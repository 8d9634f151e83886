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
    select
        {{ md5_key(['source_system', 'source_customer_id']) }} as record_key,
        *
    from {{ ref('stg_customer_record_version') }}
),

today as (
    select identity_key, customer_id, known_at from {{ ref('identity_map') }}
),

past as (
    select identity_key, customer_id, known_at, until_at from {{ ref('identity_past') }}
),

customers as (
    select * from {{ ref('golden_customer') }}
),

-- Whose a key was, from when until when; the first who had it had it always.
changed_hands as (
    select identity_key, min(known_at) as first_at from past
    group by identity_key
),

spans as (
    select
        today.identity_key,
        today.customer_id,
        case when changed_hands.identity_key is not null then today.known_at end as since_at,
        cast(null as {{ type_moment() }}) as until_at
    from today
    left join changed_hands on today.identity_key = changed_hands.identity_key
    union all
    select
        past.identity_key,
        past.customer_id,
        case when past.known_at > changed_hands.first_at then past.known_at end as since_at,
        past.until_at
    from past
    inner join changed_hands on past.identity_key = changed_hands.identity_key
),

-- Of versions of one moment the last one sent is what holds.
sent as (
    select
        *,
        row_number() over (
            partition by record_key, valid_from
            order by version_batch desc nulls last, row_id asc nulls last
        ) as place
    from versions
),

held as (
    select
        *,
        lead(valid_from) over (partition by record_key order by valid_from asc nulls last, row_id asc nulls last)
            as next_from
    from sent
    where place = 1
),

owned as (
    select
        spans.customer_id,
        held.*,
        {{ trust_rank('held.source_system') }} as trust,
        {{ epoch_us('held.valid_from') }} as from_us,
        greatest(held.valid_from, coalesce(spans.since_at, held.valid_from)) as moment,
        spans.until_at
    from held
    inner join spans
        on held.identity_key = spans.identity_key
        and coalesce(held.next_from > spans.since_at, true)
        and coalesce(held.valid_from < spans.until_at, true)
),

-- What befell a record of a customer: a version that began to hold, or its going to somebody else.
events as (
    select
        customer_id,
        record_key,
        moment,
        max(row_id) as row_id
    from (
        select customer_id, record_key, moment, row_id from owned
        union all
        select customer_id, record_key, until_at, cast(null as {{ type_text() }}) from owned
        where until_at is not null
    ) as befallen
    group by customer_id, record_key, moment
),

-- The moments at which anything of a customer changed; who has one only is golden as of then.
moments as (
    select
        customer_id,
        moment,
        max(moment) over (partition by customer_id) as last_moment
    from events
    group by customer_id, moment
),

numbered as (
    select
        *,
        row_number() over (
            partition by customer_id, record_key order by moment asc nulls last, row_id asc nulls last
        ) as nth
    from events
),

records as (
    select customer_id, record_key from events
    group by customer_id, record_key
),

-- What each record of the customer said at each moment: the newest of what befell it. The last moment is today's.
newest as (
    select
        moments.customer_id,
        moments.moment,
        records.record_key,
        max(numbered.nth) over (
            partition by moments.customer_id, records.record_key
            order by moments.moment asc nulls last
            rows between unbounded preceding and current row
        ) as nth
    from moments
    inner join records on moments.customer_id = records.customer_id
    left join numbered
        on records.customer_id = numbered.customer_id
        and records.record_key = numbered.record_key
        and moments.moment = numbered.moment
    where moments.moment < moments.last_moment
),

standing as (
    select
        newest.moment as seen_at,
        owned.*
    from newest
    inner join numbered
        on newest.customer_id = numbered.customer_id
        and newest.record_key = numbered.record_key
        and newest.nth = numbered.nth
    inner join owned
        on numbered.customer_id = owned.customer_id
        and numbered.row_id = owned.row_id
        and numbered.moment = owned.moment
),

counted as (
    select
        *,
        min(case when is_deleted then 1 else 0 end) over (partition by customer_id, seen_at) = 1 as is_all_deleted
    from standing
),

-- Survivorship as of the golden record: the most trusted system, then the newest version.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, seen_at
            order by trust asc nulls last, from_us desc nulls last, record_key asc nulls last
        ) as turn
    from counted
    where not is_deleted or is_all_deleted
),

-- An address survives as a whole: no customer gets one source's region in another one's country.
placed as (
    select
        *,
        min(case when has_place then turn end) over (partition by customer_id, seen_at) as place_turn
    from ranked
),

golden_then as (
    select
        customer_id,
        seen_at,
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
    group by customer_id, seen_at
),

-- The last state is the golden record itself, so that today's history and dimension are one. Who is
-- nobody's customer any more has no state at the last moment.
states as (
    select
        moments.customer_id,
        moments.moment as valid_from,
        golden_then.customer_id is not null as is_known,
        {%- for column in told %}
        golden_then.{{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from moments
    left join golden_then on moments.customer_id = golden_then.customer_id and moments.moment = golden_then.seen_at
    left join customers on moments.customer_id = customers.customer_id
    where moments.moment < moments.last_moment or customers.customer_id is null
    union all
    select
        customers.customer_id,
        coalesce(moments.moment, customers.first_seen_at, cast('1970-01-01' as timestamp)),
        true,
        {%- for column in told %}
        customers.{{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from customers
    left join moments on customers.customer_id = moments.customer_id and moments.moment = moments.last_moment
),

hashed as (
    select
        *,
        {{ md5_key(told[:-1] + [n_measured, 'is_known']) }} as state_hash
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

dated as (
    select
        {{ md5_key(['customer_id', epoch_us('valid_from')]) }} as history_key,
        customer_id,
        valid_from,
        lead(valid_from) over (
            partition by customer_id
            order by valid_from asc nulls last, state_hash asc nulls last
        ) as valid_to,
        is_known,
        {%- for column in told %}
        {{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from changed
),

final as (
    select
        history_key,
        customer_id,
        valid_from,
        valid_to,
        {%- for column in told %}
        {{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from dated
    where is_known
)

select * from final
