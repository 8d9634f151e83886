with

final as (
    {{ timeline_entry('fct_interaction', 'interaction_key', 'occurred_at', 'occurred_on', 'interaction', 'interaction_type', 'channel', 'touchpoint', 'stage') }}
    union all
    {{ timeline_entry('fct_order', 'order_key', 'ordered_at', 'ordered_on', 'order', 'status', 'channel', stage="'purchase'", amount='net_revenue_amount') }}
    union all
    {{ timeline_entry('fct_order', 'order_key', 'delivered_at', 'delivered_on', 'delivery', 'delivery_status', 'channel', stage="'onboarding'", condition='delivered_at is not null') }}
    union all
    {{ timeline_entry('fct_transaction', 'transaction_key', 'occurred_at', 'occurred_on', 'refund', 'line_type', 'channel', stage="'service'", amount='amount_reporting', condition="line_type = 'refund'") }}
    union all
    {{ timeline_entry('fct_case_event', 'case_event_key', 'occurred_at', 'occurred_on', 'case_event', 'event', stage="'service'") }}
    union all
    {{ timeline_entry('fct_survey_invitation', 'invitation_key', 'sent_at', 'sent_on', 'survey_invitation', 'survey_id', 'channel', 'touchpoint') }}
    union all
    {{ timeline_entry('fct_survey_response', 'response_key', 'responded_at', 'responded_on', 'survey_response', 'metric_type', 'channel', 'touchpoint', score='score') }}
    union all
    {{ timeline_entry('fct_subscription_period', 'subscription_key', 'started_at', 'started_on', 'subscription_start', 'plan', stage="'onboarding'", amount='monthly_amount_reporting') }}
    union all
    {{ timeline_entry('fct_subscription_period', 'subscription_key', 'ended_at', 'ended_on', 'subscription_end', 'end_reason', stage="'renewal'", condition='ended_on <= ' ~ as_of()) }}
    union all
    {{ timeline_entry('fct_campaign_contact', 'campaign_contact_key', 'occurred_at', 'occurred_on', 'campaign_contact', 'offer_id', 'channel') }}
    union all
    {{ timeline_entry('fct_consent', 'consent_key', 'decided_at', 'decided_on', 'consent', 'status', 'channel') }}
)

select * from final
