{%- set entries = [
    {'relation': 'fct_interaction', 'key': 'interaction_key', 'at': 'occurred_at', 'day': 'occurred_on',
     'kind': 'interaction', 'name': 'interaction_type', 'channel': 'channel', 'touchpoint': 'touchpoint',
     'stage': 'stage'},
    {'relation': 'fct_order', 'key': 'order_key', 'at': 'ordered_at', 'day': 'ordered_on',
     'kind': 'order', 'name': 'status', 'channel': 'channel', 'stage': "'purchase'",
     'amount': 'net_revenue_amount'},
    {'relation': 'fct_order', 'key': 'order_key', 'at': 'delivered_at', 'day': 'delivered_on',
     'kind': 'delivery', 'name': 'delivery_status', 'channel': 'channel', 'stage': "'onboarding'",
     'condition': 'delivered_on <= ' ~ as_of()},
    {'relation': 'fct_transaction', 'key': 'transaction_key', 'at': 'occurred_at', 'day': 'occurred_on',
     'kind': 'refund', 'name': 'line_type', 'channel': 'channel', 'stage': "'service'",
     'amount': 'amount_reporting', 'condition': "line_type = 'refund'"},
    {'relation': 'fct_case_event', 'key': 'case_event_key', 'at': 'occurred_at', 'day': 'occurred_on',
     'kind': 'case_event', 'name': 'event', 'stage': "'service'"},
    {'relation': 'fct_survey_invitation', 'key': 'invitation_key', 'at': 'sent_at', 'day': 'sent_on',
     'kind': 'survey_invitation', 'name': 'survey_id', 'channel': 'channel', 'touchpoint': 'touchpoint'},
    {'relation': 'fct_survey_response', 'key': 'response_key', 'at': 'responded_at', 'day': 'responded_on',
     'kind': 'survey_response', 'name': 'metric_type', 'channel': 'channel', 'touchpoint': 'touchpoint',
     'score': 'score'},
    {'relation': 'fct_subscription_period', 'key': 'subscription_key', 'at': 'started_at',
     'day': 'started_on', 'kind': 'subscription_start', 'name': 'plan', 'stage': "'onboarding'",
     'amount': 'monthly_amount_reporting'},
    {'relation': 'fct_subscription_period', 'key': 'subscription_key', 'at': 'ended_at',
     'day': 'ended_on', 'kind': 'subscription_end', 'name': 'end_reason', 'stage': "'renewal'",
     'condition': 'ended_on <= ' ~ as_of()},
    {'relation': 'fct_campaign_contact', 'key': 'campaign_contact_key', 'at': 'occurred_at',
     'day': 'occurred_on', 'kind': 'campaign_contact', 'name': 'offer_id', 'channel': 'channel'},
    {'relation': 'fct_consent', 'key': 'consent_key', 'at': 'decided_at', 'day': 'decided_on',
     'kind': 'consent', 'name': 'status', 'channel': 'channel'},
] -%}

with

final as (
    {%- for entry in entries %}
    select
        {{ md5_key([entry.key, "'" ~ entry.kind ~ "'"]) }} as timeline_key,
        customer_id,
        {{ entry.at }} as occurred_at,
        {{ entry.day }} as occurred_on,
        cast('{{ entry.kind }}' as {{ type_text() }}) as entry_kind,
        cast({{ entry.name }} as {{ type_text() }}) as entry_name,
        {{ entry.key }} as entry_key,
        cast({{ entry.get('channel', 'null') }} as {{ type_text() }}) as channel,
        cast({{ entry.get('touchpoint', 'null') }} as {{ type_text() }}) as touchpoint,
        cast({{ entry.get('stage', 'null') }} as {{ type_text() }}) as stage,
        cast({{ entry.get('amount', 'null') }} as {{ type_money() }}) as amount,
        cast({{ entry.get('score', 'null') }} as {{ type_number() }}) as score,
        known_at
    from {{ ref(entry.relation) }}
    where customer_id is not null and {{ entry.get('condition', 'true') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
