-- Employees' answers by closed quarter and team, and which of them may be shown. A cell needs k
-- answers, and so does what is left of the whole without the cells shown: where the rest would be
-- smaller, the smallest shown team is kept back with it. A quarter counts when it is over, with the
-- answers known a week later, once and for all: no version differs from another by one answer.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

{%- set k = var('employee_minimum_n') %}

with answers as (
    select
        team,
        quarter_on,
        last_known_on,
        case when score >= 9 then 1 when score <= 6 then -1 else 0 end as category
    from (
        select
            team,
            score,
            {{ business_date('known_at') }} as known_on,
            {{ quarter_start('occurred_on') }} as quarter_on,
            {{ add_days(quarter_start(add_days(quarter_start('occurred_on'), 95)), 6) }} as last_known_on
        from {{ ref('employee_response') }}
        where metric_type = 'nps' and score between 0 and 10 and score = floor(score)
    ) as scored
    where known_on <= last_known_on and last_known_on <= {{ as_of() }}
),

cells as (
    select quarter_on, 'all' as slice_name, 'all' as slice_value, count(*) as n,
        sum(case when category > 0 then 1 else 0 end) as n_plus,
        sum(case when category = 0 then 1 else 0 end) as n_zero,
        sum(case when category < 0 then 1 else 0 end) as n_minus
    from answers
    group by quarter_on
    union all
    select quarter_on, 'team', team, count(*),
        sum(case when category > 0 then 1 else 0 end),
        sum(case when category = 0 then 1 else 0 end),
        sum(case when category < 0 then 1 else 0 end)
    from answers
    where team is not null
    group by quarter_on, team
),

large as (
    select
        cells.*,
        whole.n as n_whole,
        cells.n >= {{ k }} and (whole.n - cells.n = 0 or whole.n - cells.n >= {{ k }}) as is_large
    from cells
    inner join cells as whole on cells.quarter_on = whole.quarter_on and whole.slice_name = 'all'
),

rests as (
    select
        large.*,
        n_whole - sum(case when is_large and slice_name = 'team' then n else 0 end)
            over (partition by quarter_on) as n_rest,
        row_number() over (
            partition by quarter_on, slice_name, is_large
            order by n asc nulls last, slice_value asc nulls last
        ) as place_from_smallest
    from large
)

select
    quarter_on as period_start_on,
    slice_name,
    slice_value,
    cast(n as {{ type_integer() }}) as n,
    cast(n_plus as {{ type_integer() }}) as n_plus,
    cast(n_zero as {{ type_integer() }}) as n_zero,
    cast(n_minus as {{ type_integer() }}) as n_minus,
    is_large
    and not (slice_name = 'team' and n_rest > 0 and n_rest < {{ k }} and place_from_smallest = 1)
        as is_shown
from rests
