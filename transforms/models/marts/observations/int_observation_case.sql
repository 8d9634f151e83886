-- Cases solved, and whether they came back: counted on the day that they were first solved.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

select
    {{ observation(key='case_ref', metric_name="'reopen_rate'", cluster_id='cluster_id',
                   on_date='first_solved_on', y='case when is_reopened then 1 else 0 end') }},
    {{ null_as(type_money()) }} as scale_min,
    {{ null_as(type_money()) }} as scale_max,
    {{ slice_select({
        'touchpoint': 'touchpoint', 'channel': 'channel', 'store_id': 'store_id', 'team': 'team',
        'agent_id': 'agent_id', 'region': 'region', 'country': 'country', 'language': 'language',
        'reason': 'reason',
    }) }}
from {{ ref('int_case') }}
where first_solved_at is not null
