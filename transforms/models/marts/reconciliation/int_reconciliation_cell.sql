-- Sums of answers by period and by what the rules look at, on four clocks: days of our zone or of the
-- vendor's, of the answer or of the moment that the vendor dates it by.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with figures as (
    select distinct control_name, metric_name, survey_id, period_grain, date_used, time_zone
    from {{ ref('int_vendor_figure') }}
),

clocks as (
    select zone_rule.is_theirs as zone_is_theirs, date_rule.is_theirs as date_is_theirs
    from (select 0 as is_theirs union all select 1 as is_theirs) as zone_rule
    cross join (select 0 as is_theirs union all select 1 as is_theirs) as date_rule
),

dated as (
    select
        answers.*,
        figures.control_name,
        figures.metric_name,
        figures.period_grain,
        figures.time_zone,
        clocks.zone_is_theirs,
        clocks.date_is_theirs,
        case
            when clocks.date_is_theirs = 1 and figures.date_used = 'sent' then answers.sent_at
            when clocks.date_is_theirs = 1 and figures.date_used = 'received' then answers.received_at
            else answers.responded_at
        end as counted_at
    from {{ ref('int_reconciliation_answer') }} as answers
    inner join figures
        on answers.survey_id = figures.survey_id
        and answers.metric_type = case when figures.metric_name = 'nps' then 'nps' else 'csat' end
    cross join clocks
),

placed as (
    select
        dated.*,
        case
            when zone_is_theirs = 1 then {{ local_date('counted_at', 'time_zone') }}
            else {{ business_date('counted_at') }}
        end as counted_on
    from dated
),

contributions as (
    select
        placed.*,
        {{ first_of_period('period_grain', 'counted_on') }} as period_start_on,
        case when is_dismissed then 0 else {{ score_contribution('metric_name') }} end as contribution
    from placed
)

select
    control_name,
    period_start_on,
    zone_is_theirs,
    date_is_theirs,
    is_complete,
    is_test,
    is_dismissed,
    is_latest,
    is_latest_complete,
    max(case when program_type = 'relationship' then 1 else 0 end) as is_relationship,
    count(*) as n,
    sum(cast(contribution as {{ type_number() }})) as total
from contributions
group by
    control_name, period_start_on, zone_is_theirs, date_is_theirs, is_complete, is_test, is_dismissed,
    is_latest, is_latest_complete
