-- Times to an event, in whole seconds: handle time of contacts, first public reply and last solution
-- of cases. What had not happened by the end of the data is censored then: longer, by who knows how much.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

{%- set case_slices = {
    'touchpoint': 'touchpoint', 'channel': 'channel', 'store_id': 'store_id', 'team': 'team',
    'agent_id': 'agent_id', 'region': 'region', 'country': 'country', 'language': 'language', 'reason': 'reason'} %}

with cases as (
    select
        int_case.*,
        last_solved_at is not null and coalesce(last_solved_at > last_reopened_at, true) as is_solved,
        data_through.data_through_at
    from {{ ref('int_case') }} as int_case
    cross join (
        select data_through_at from {{ ref('int_data_through') }} where feed = 'case_events'
    ) as data_through
)

select
    'aht' as duration_name,
    occurred_on as on_date,
    cast(floor(cast(handle_seconds as {{ type_number() }}) + 0.5e0) as {{ type_integer() }}) as seconds,
    true as is_event,
    {{ slice_select(case_slices) }}
from {{ ref('int_contact') }}
where handle_seconds is not null
union all
select
    'first_response',
    opened_on,
    cast(floor({{ seconds_between('opened_at', 'coalesce(replied_at, data_through_at)') }} + 0.5e0)
        as {{ type_integer() }}),
    replied_at is not null,
    {{ slice_select(case_slices) }}
from cases
union all
select
    'resolution',
    opened_on,
    cast(floor({{ seconds_between('opened_at', 'case when is_solved then last_solved_at else data_through_at end') }}
        + 0.5e0) as {{ type_integer() }}),
    is_solved,
    {{ slice_select(case_slices) }}
from cases
