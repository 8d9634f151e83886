-- The last moment of which each feed that metrics are made of tells something.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

select 'survey_responses' as feed, max(responded_at) as data_through_at
from {{ ref('fct_survey_response') }}
union all
select 'survey_invitations', max(sent_at)
from {{ ref('fct_survey_invitation') }}
union all
select 'interactions', max(occurred_at)
from {{ ref('int_contact') }}
union all
select 'case_events', max(occurred_at)
from {{ ref('fct_case_event') }}
union all
select 'orders', max(ordered_at)
from {{ ref('fct_order') }}
union all
-- An end that is announced for a day to come is no sign that the feed knows that day.
select 'subscriptions', max(case when ended_on <= {{ as_of() }} then ended_at else started_at end)
from {{ ref('fct_subscription_period') }}
