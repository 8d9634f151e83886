-- C = O - B: what a submission expected minus what it got, over the questions that it answered on one
-- scale. Both halves must be there; answers without a submission are tied by their response.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with submissions as (
    select
        survey_id,
        program_type,
        coalesce(submission_id, response_id) as submission_id,
        scale_min,
        scale_max,
        max(cluster_id) as cluster_id,
        max(responded_on) as responded_on,
        avg(case when metric_type = 'expectation' then cast(score as {{ type_number() }}) end) as expected,
        avg(case when metric_type = 'perception' then cast(score as {{ type_number() }}) end) as perceived,
        max(touchpoint) as touchpoint,
        max(channel) as channel,
        max(store_id) as store_id,
        max(team) as team,
        max(agent_id) as agent_id,
        max(region) as region,
        max(country) as country,
        max(language) as language,
        max(order_status) as order_status,
        max(delivery_status) as delivery_status,
        max(first_category) as first_category
    from {{ ref('int_survey_answer') }}
    where metric_type in ('expectation', 'perception')
    group by survey_id, program_type, coalesce(submission_id, response_id), scale_min, scale_max
)

select
    {{ observation(
        key=md5_key(['survey_id', 'submission_id', 'scale_text_min', 'scale_text_max']),
        metric_name="'expectation_gap_o_minus_b'", cluster_id='cluster_id', on_date='responded_on',
        y='expected - perceived', survey_id='survey_id', program_type='program_type',
        variant="'scale-' || scale_text_min || '-' || scale_text_max") }},
    cast(scale_min as {{ type_money() }}) as scale_min,
    cast(scale_max as {{ type_money() }}) as scale_max,
    {{ slice_select({
        'touchpoint': 'touchpoint', 'channel': 'channel', 'store_id': 'store_id', 'team': 'team',
        'agent_id': 'agent_id', 'region': 'region', 'country': 'country', 'language': 'language',
        'order_status': 'order_status', 'delivery': 'delivery_status', 'category': 'first_category',
    }) }}
from (
    select
        submissions.*,
        {{ scale_text('scale_min') }} as scale_text_min,
        {{ scale_text('scale_max') }} as scale_text_max
    from submissions
    where expected is not null and perceived is not null
) as gaps
