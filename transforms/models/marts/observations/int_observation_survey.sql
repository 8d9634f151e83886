-- NPS, CSAT and CES: each counted answer as its contributions to the metrics of its type.
-- An answer off the metric's scale contributes nothing; a CSAT never becomes an NPS.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with answers as (
    select *
    from {{ ref('int_survey_answer') }}
    where place_in_response = 1
        and score between scale_min and scale_max
        and scale_max > scale_min
),

metrics as (
    select cast('nps' as {{ type_text() }}) as metric_type, cast('nps' as {{ type_text() }}) as metric_name
    union all
    select 'csat', 'csat_top2'
    union all
    select 'csat', 'csat_mean'
    union all
    select 'ces', 'ces_pct_agree'
    union all
    select 'ces', 'ces_mean'
),

contributions as (
    select
        answers.*,
        metrics.metric_name,
        {{ score_contribution('metrics.metric_name') }} as contribution,
        case
            when metrics.metric_name <> 'nps'
                then 'scale-' || {{ scale_text('scale_min') }} || '-' || {{ scale_text('scale_max') }}
        end as variant
    from answers
    inner join metrics on answers.metric_type = metrics.metric_type
    where answers.metric_type <> 'nps' or (scale_min = 0 and scale_max = 10 and score = floor(score))
)

select
    {{ observation(key='response_key', metric_name='metric_name', cluster_id='cluster_id',
                   on_date='responded_on', y='contribution', variant='variant', survey_id='survey_id',
                   program_type='program_type', version='questionnaire_version',
                   is_series_break='is_series_break') }},
    cast(scale_min as {{ type_money() }}) as scale_min,
    cast(scale_max as {{ type_money() }}) as scale_max,
    {{ slice_select({
        'touchpoint': 'touchpoint', 'channel': 'channel', 'store_id': 'store_id', 'team': 'team',
        'agent_id': 'agent_id', 'region': 'region', 'country': 'country', 'language': 'language',
        'order_status': 'order_status', 'delivery': 'delivery_status', 'category': 'first_category',
    }) }}
from contributions
