-- Handle time, abandonment, service level, transfers, contacts an order, and first contact resolution.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

{%- set week_seconds = 7 * 86400 %}

with contacts as (
    select
        int_contact.*,
        previous_at is null
        or {{ seconds_between('previous_at', 'occurred_at') }} > {{ week_seconds }} as opens_an_issue,
        next_at is not null
        and {{ seconds_between('occurred_at', 'next_at') }} <= {{ week_seconds }} as comes_back,
        {{ days_between('occurred_on', as_of()) }} < 7 as is_recent
    from {{ ref('int_contact') }} as int_contact
),

contributions as (
    select contacts.*, 'aht_seconds' as metric_name, handle_seconds as contribution, 1 as base,
        false as is_censored
    from contacts
    where handle_seconds is not null
    union all
    select contacts.*, 'abandonment_rate', case when is_abandoned then 1 else 0 end, 1, false
    from contacts
    where is_inbound and outcome is not null
    union all
    select
        contacts.*,
        'service_level_rate',
        case when wait_seconds <= {{ var('service_level_seconds') }} and not is_abandoned then 1 else 0 end,
        1,
        false
    from contacts
    where is_inbound and (wait_seconds is not null or is_abandoned)
    union all
    select contacts.*, 'transfer_rate', case when is_transferred then 1 else 0 end, 1, false
    from contacts
    where is_handled and outcome is not null
    union all
    -- A contact that came back within the window is known not to be settled, however recent it is,
    -- but to count those alone would bias the last days: all of the last 7 days are censored.
    select contacts.*, 'fcr_7d_rate', case when is_unsettled or comes_back then 0 else 1 end, 1,
        is_recent
    from contacts
    where is_issue_contact and opens_an_issue
)

select
    {{ observation(key='interaction_key', metric_name='metric_name', cluster_id='cluster_id',
                   on_date='occurred_on', y='contribution', x='base', is_censored='is_censored',
                   variant="case when metric_name = 'service_level_rate' then '"
                           ~ var('service_level_seconds') ~ "s' end") }},
    {{ null_as(type_money()) }} as scale_min,
    {{ null_as(type_money()) }} as scale_max,
    {{ slice_select({
        'touchpoint': 'touchpoint', 'channel': 'channel', 'store_id': 'store_id', 'team': 'team',
        'agent_id': 'agent_id', 'region': 'region', 'country': 'country', 'language': 'language',
        'reason': 'reason',
    }) }}
from contributions
