-- When rows that were updated later were first known. A later version is known from its own night on;
-- that the order, subscription, ask, contact, line or answer existed was known before. What an order or
-- subscription was by then is told by its own dates; of the others the newest version is told, as a
-- correction of what was wrong before.
with

{%- set feeds = {
    'interactions': (['source_system', 'interaction_id'], 'occurred_at'),
    'case_events': (['case_ref', epoch_us(utc_timestamp('occurred_at')), 'event'], 'occurred_at'),
    'transactions': (['source_system', 'transaction_id', 'line_number'], 'occurred_at'),
    'survey_responses': (['survey_id', 'response_id', 'question_id'], 'responded_at'),
    'orders': (['source_system', 'order_id'], 'ordered_at'),
    'subscriptions': (['subscription_id', epoch_us(utc_timestamp('started_at'))], 'started_at'),
    'survey_invitations': (['invitation_id'], 'sent_at'),
    'campaign_contacts': (['contact_id'], 'occurred_at'),
} %}
{%- for feed, (key, event_at) in feeds.items() %}

{{ feed }}_versions as (
    select
        feed.*,
        {{ utc_timestamp('batch.night_end_at') }} as night_end_at,
        batch.is_first as is_first_batch,
        batch.lag_seconds
    from {{ source('feeds', feed) }} as feed
    left join {{ source('feeds', 'batch') }} as batch
        on feed.source_name = batch.source and feed.batch = batch.batch
    left join (
        select distinct row_id from {{ source('feeds', 'superseded_' ~ feed) }}
    ) as replaced on feed.row_id = replaced.row_id
    -- Only rows with several versions: a history of millions is not grouped to find a few.
    where feed.is_superseding or replaced.row_id is not null
),

{{ feed }}_first as (
    select
        '{{ feed }}' as feed,
        {{ md5_key(key) }} as row_key,
        min({{ known_at(utc_timestamp(event_at)) }}) as first_known_at
    from {{ feed }}_versions
    group by {{ md5_key(key) }}
    having max(case when is_superseding then 1 else 0 end) = 1
),
{%- endfor %}

final as (
{%- for feed in feeds %}
    {{ 'union all ' if not loop.first }}select feed, row_key, first_known_at from {{ feed }}_first
{%- endfor %}
)

select * from final
