-- How well people are found: against known truth, and what looks wrong without any.
with

counted as (
    select * from {{ source('built', 'identity_benchmark') }}
),

customers as (
    select * from {{ ref('golden_customer') }}
),

members as (
    select * from {{ ref('customer_record_member') }}
    where n_records > 1
),

events as (
    select * from {{ ref('fct_identity_event') }}
),

identities as (
    select * from {{ ref('identity_map') }}
),

{%- set facts = ['interaction', 'transaction'] %}

-- Rows whose identifier is nobody's, or of several: they stay nobody's. And rows without any.
{% for fact in facts %}
nobodys_{{ fact }} as (
    select
        count(*) as n_rows,
        count(identity_key) as n_with,
        sum(case when identity_key is not null and customer_id is null then 1 else 0 end) as n_unresolved
    from {{ ref('fct_' ~ fact) }}
),

-- Of them those whose identifier is somebody's, but not as long before as the look-back goes.
early_{{ fact }} as (
    select count(*) as n_rows
    from {{ ref('fct_' ~ fact) }} as facts
    inner join identities
        on facts.identity_key = identities.identity_key
        and facts.occurred_on < identities.holds_from_on
    where facts.customer_id is null
),
{% endfor %}
-- Pairs of one person hang together: an interval counts people, not pairs.
shares as (
    select
        labels,
        measure,
        n_all,
        cast(n_good as {{ type_number() }}) / nullif(cast(n_all as {{ type_number() }}), 0) as share,
        least(cast(n_all as {{ type_number() }}), cast(n_people as {{ type_number() }})) as n_eff
    from counted
),

bounded as (
    select
        labels,
        measure,
        n_all,
        share,
        {{ wilson_lower('share', 'n_eff') }} as ci_lower,
        {{ wilson_upper('share', 'n_eff') }} as ci_upper
    from shares
),

-- F1 rises with both: between the bounds of precision and recall it has its own.
harmonic as (
    select
        p.labels,
        replace(p.measure, 'precision', 'f1') as measure,
        r.n_all,
        2.0e0 * p.share * r.share / nullif(p.share + r.share, 0) as share,
        2.0e0 * p.ci_lower * r.ci_lower / nullif(p.ci_lower + r.ci_lower, 0) as ci_lower,
        2.0e0 * p.ci_upper * r.ci_upper / nullif(p.ci_upper + r.ci_upper, 0) as ci_upper
    from bounded as p
    inner join bounded as r
        on p.labels = r.labels and replace(p.measure, 'precision', 'recall') = r.measure
    where p.measure like '%precision'
),

measured as (
    select * from bounded
    union all
    select * from harmonic
),

known as (
    select
        labels || '_' || measure as metric,
        share as value,
        n_all as n,
        ci_lower,
        ci_upper,
        case labels
            when 'decisions' then 'pairs that people judged, mostly near the threshold; Wilson by pairs'
            else 'copies of known people gone wrong, in a world of their own; Wilson by people'
        end as method
    from measured
),

sizes as (
    select
        case
            when n_records >= 21 then '21_or_more'
            when n_records >= 11 then '11_to_20'
            when n_records >= 6 then '6_to_10'
            when n_records >= 4 then '4_to_5'
            else cast(coalesce(n_records, 0) as {{ type_text() }})
        end as records,
        count(*) as n_customers
    from customers
    group by 1
),

-- What one person hardly has: several birth dates, names or mailboxes.
doubtful as (
    select
        customer_id,
        case when count(distinct birth_date) > 1 then 1 else 0 end as has_birth_dates,
        case when count(distinct lower(family_name)) > 2 then 1 else 0 end as has_family_names,
        case when count(distinct email) > 5 then 1 else 0 end as has_emails,
        case when max(n_records) > 50 then 1 else 0 end as has_records
    from members
    group by customer_id
),

stitched as (
    select
        count(*) as n_customers,
        sum(has_birth_dates) as n_birth_dates,
        sum(has_family_names) as n_family_names,
        sum(has_emails) as n_emails,
        sum(has_records) as n_records
    from doubtful
),

weak as (
    select count(distinct customer_id) as n_customers from identities
    where match_probability < 0.9e0
),

tonight as (
    select
        count(*) as n_changes,
        (select count(*) from customers) as n_customers
    from events
    where as_of_on = {{ as_of() }} and event_type in ('merged', 'split', 'reassigned')
),

plain as (
    select
        'customers_by_records_' || records as metric,
        cast(n_customers as {{ type_number() }}) as value,
        (select count(*) from customers) as n,
        'customers by how many records they have' as method
    from sizes
    {%- for count, what in [
        ('n_birth_dates', 'several_birth_dates'), ('n_family_names', 'over_2_family_names'),
        ('n_emails', 'over_5_emails'), ('n_records', 'over_50_records')
    ] %}
    union all
    select
        'customers_with_{{ what }}',
        cast(coalesce({{ count }}, 0) as {{ type_number() }}),
        n_customers,
        'customers of several records, counted'
    from stitched
    {%- endfor %}
    union all
    select
        'customers_with_a_weak_link',
        cast(n_customers as {{ type_number() }}),
        (select count(*) from customers),
        'customers who hold a record with a probability under .9, counted'
    from weak
    {%- for fact in facts %}
    union all
    select
        '{{ fact }}s_unresolved',
        cast(coalesce(n_unresolved, 0) as {{ type_number() }}),
        n_with,
        'rows with an identifier that is nobody known, or several people; of rows with one'
    from nobodys_{{ fact }}
    union all
    select
        '{{ fact }}s_before_look_back',
        cast(n_rows as {{ type_number() }}),
        (select coalesce(n_unresolved, 0) from nobodys_{{ fact }}),
        'of unresolved rows those whose identifier is somebody''s, from a later day on'
    from early_{{ fact }}
    union all
    select
        '{{ fact }}s_without_identifier',
        cast(n_rows - n_with as {{ type_number() }}),
        n_rows,
        'rows that name nobody, counted'
    from nobodys_{{ fact }}
    {%- endfor %}
    union all
    select
        'id_changes_per_million',
        1.0e6 * n_changes / nullif(n_customers, 0),
        n_customers,
        'ids merged, split and keys reassigned this night, of customers'
    from tonight
),

final as (
    select
        cast(metric as {{ type_text() }}) as metric,
        cast(value as {{ type_number() }}) as value,
        cast(n as {{ type_integer() }}) as n,
        cast(ci_lower as {{ type_number() }}) as ci_lower,
        cast(ci_upper as {{ type_number() }}) as ci_upper,
        cast(method as {{ type_text() }}) as method
    from known
    union all
    select
        cast(metric as {{ type_text() }}),
        cast(value as {{ type_number() }}),
        cast(n as {{ type_integer() }}),
        {{ null_as(type_number()) }},
        {{ null_as(type_number()) }},
        cast(method as {{ type_text() }})
    from plain
)

select * from final
