-- A vendor's figure, ours, and what each rule in which we differ adds to the difference.
with

figures as (
    select * from {{ ref('int_vendor_figure') }}
),

cells as (
    select * from {{ ref('int_reconciliation_cell') }}
),

mixtures as (
    {{ every_mixture() }}
),

-- Our rules, by the definitions: of relationship surveys the latest complete answer, of others every one.
programmes as (
    select control_name, max(is_relationship) = 1 as is_relationship
    from cells
    group by control_name
),

mixed as (
    select
        figures.control_name,
        figures.period_start_on,
        mixtures.*,
        case when figures.metric_name = 'csat_mean' then 1.0e0 else 100.0e0 end as unit_size,
        tests_is_theirs = 1 and coalesce(figures.counts_tests, false) as with_tests,
        incomplete_is_theirs = 1 and coalesce(figures.counts_dismissed, false) as with_dismissed,
        case when incomplete_is_theirs = 1 and figures.counts_incomplete is not null
            then figures.counts_incomplete
            else not coalesce(programmes.is_relationship, false) end as with_incomplete,
        case when latest_is_theirs = 1 and figures.counts_repeated is not null
            then figures.counts_repeated
            else not coalesce(programmes.is_relationship, false) end as with_repeated
    from figures
    cross join mixtures
    left join programmes on figures.control_name = programmes.control_name
),

-- Joined by equal keys alone: what else a mixture counts by would make every period be held against every other.
celled as (
    select
        mixed.*,
        cells.n,
        cells.total,
        (mixed.with_tests or not cells.is_test)
        and (mixed.with_incomplete or cells.is_complete)
        and (mixed.with_dismissed or not cells.is_dismissed)
        and (
            mixed.with_repeated
            or case when mixed.with_incomplete then cells.is_latest else cells.is_latest_complete end
        ) as is_counted
    from mixed
    left join cells
        on mixed.control_name = cells.control_name
        and mixed.period_start_on = cells.period_start_on
        and mixed.zone_is_theirs = cells.zone_is_theirs
        and mixed.date_is_theirs = cells.date_is_theirs
),

counted as (
    select
        control_name,
        period_start_on,
        {% for rule in reconciliation_rules() -%}
        {{ rule }}_is_theirs,
        {% endfor -%}
        n_theirs,
        coalesce(sum(case when is_counted then n end), 0) as n,
        max(unit_size) * sum(case when is_counted then total end)
        / nullif(sum(case when is_counted then n end), 0) as value
    from celled
    group by
        control_name, period_start_on,
        {% for rule in reconciliation_rules() -%}
        {{ rule }}_is_theirs,
        {% endfor -%}
        n_theirs
),

ours as (
    select control_name, period_start_on, n as n_ours, value as our_value
    from counted
    where n_theirs = 0
),

parts as (
    select
        counted.control_name,
        counted.period_start_on,
        max(case when n_theirs = 5 then n end) as n_as_vendor,
        max(case when n_theirs = 5 then value end) as value_as_vendor,
        {% for rule in reconciliation_rules() -%}
        -- A mixture that counts nobody tells nothing of its rules.
        sum(coalesce(value, our_value) * {{ part_weight(rule ~ '_is_theirs') }}) as {{ rule }}_part
        {{- "," if not loop.last }}
        {% endfor %}
    from counted
    inner join ours
        on counted.control_name = ours.control_name and counted.period_start_on = ours.period_start_on
    group by counted.control_name, counted.period_start_on
),

kinds as (
    select
        control_name,
        period_start_on,
        sum(case when is_complete and not is_latest_complete and not is_test and not is_dismissed then n end)
            as n_repeated,
        sum(case when not is_complete and not is_test and not is_dismissed then n end) as n_incomplete,
        sum(case when is_dismissed and not is_test then n end) as n_dismissed,
        sum(case when is_test then n end) as n_tests
    from cells
    where zone_is_theirs = 0 and date_is_theirs = 0
    group by control_name, period_start_on
),

through as (
    select data_through_at from {{ ref('int_data_through') }} where feed = 'survey_responses'
),

joined as (
    select
        figures.*,
        ours.n_ours,
        ours.n_ours < {{ var('minimum_n') }} as is_suppressed,
        case when ours.n_ours >= {{ var('minimum_n') }} then ours.our_value end as our_value,
        parts.n_as_vendor,
        {% for rule in reconciliation_rules() -%}
        parts.{{ rule }}_part,
        {% endfor -%}
        kinds.n_repeated,
        kinds.n_incomplete,
        kinds.n_dismissed,
        kinds.n_tests,
        through.data_through_at
    from figures
    inner join ours
        on figures.control_name = ours.control_name and figures.period_start_on = ours.period_start_on
    inner join parts
        on figures.control_name = parts.control_name and figures.period_start_on = parts.period_start_on
    left join kinds
        on figures.control_name = kinds.control_name and figures.period_start_on = kinds.period_start_on
    cross join through
),

split as (
    select
        joined.*,
        vendor_value - our_value as difference,
        {% for rule in reconciliation_rules() -%}
        -- What thirty-two additions leave behind the ninth decimal is no part; and no zero is negative.
        case when our_value is not null then round({{ rule }}_part, 9) + 0.0e0 end as {{ rule }}_share
        {{- "," if not loop.last }}
        {% endfor %}
    from joined
),

final as (
    select
        cast(control_name as {{ type_text() }}) as control_name,
        cast(source_name as {{ type_text() }}) as source_name,
        cast(metric_name as {{ type_text() }}) as metric_name,
        cast(survey_id as {{ type_text() }}) as survey_id,
        cast(period_grain as {{ type_text() }}) as period_grain,
        cast(period_start_on as {{ type_day() }}) as period_start_on,
        cast(vendor_value as {{ type_number() }}) as vendor_value,
        cast(our_value as {{ type_number() }}) as our_value,
        cast(difference as {{ type_number() }}) as difference,
        cast(latest_share as {{ type_number() }}) as from_latest_only,
        cast(incomplete_share as {{ type_number() }}) as from_incomplete,
        cast(zone_share as {{ type_number() }}) as from_time_zone,
        cast(date_share as {{ type_number() }}) as from_date_used,
        cast(tests_share as {{ type_number() }}) as from_tests,
        cast(
            round(difference - (latest_share + incomplete_share + zone_share + date_share + tests_share), 9) + 0.0e0
            as {{ type_number() }}
        ) as unexplained,
        cast(n_vendor as {{ type_integer() }}) as n_vendor,
        cast(n_ours as {{ type_integer() }}) as n_ours,
        cast(n_as_vendor as {{ type_integer() }}) as n_as_vendor,
        cast(coalesce(n_repeated, 0) as {{ type_integer() }}) as n_repeated,
        cast(coalesce(n_incomplete, 0) as {{ type_integer() }}) as n_incomplete,
        cast(coalesce(n_dismissed, 0) as {{ type_integer() }}) as n_dismissed,
        cast(coalesce(n_tests, 0) as {{ type_integer() }}) as n_tests,
        cast(tolerance as {{ type_number() }}) as tolerance,
        cast(is_suppressed as {{ type_flag() }}) as is_suppressed,
        cast(data_through_at as {{ type_moment() }}) as data_through_at
    from split
)

select * from final
