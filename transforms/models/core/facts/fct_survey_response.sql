{{ config(materialized='table') }}

with

responses as (
    select * from {{ ref('base_survey_responses') }}
),

contexts as (
    select * from {{ ref('survey_context') }}
),

customers as (
    select customer_id, region, country from {{ ref('golden_customer') }}
),

staff as (
    select agent_id, team from {{ ref('dim_agent') }}
),

stores as (
    select store_id, region, country from {{ ref('dim_store') }}
),

-- A question asked in other words, on another scale or at another place is another series.
versions as (
    select
        response_key,
        min(responded_at) over (partition by survey_id, question_id, questionnaire_version)
        > min(responded_at) over (partition by survey_id, question_id) as is_series_break
    from responses
),

final as (
    select
        responses.response_key,
        responses.survey_id,
        responses.response_id,
        responses.question_id,
        responses.submission_id,
        contexts.customer_id,
        contexts.identity_key,
        responses.source_system,
        responses.metric_type,
        coalesce(responses.program_type, contexts.program_type, 'transactional') as program_type,
        responses.wave,
        coalesce(responses.is_complete, true) as is_complete,
        responses.score,
        responses.scale_min,
        responses.scale_max,
        responses.is_valid,
        responses.responded_at,
        responses.occurred_on as responded_on,
        responses.invitation_id,
        coalesce(responses.touchpoint, contexts.touchpoint) as touchpoint,
        contexts.order_key,
        contexts.order_id,
        contexts.interaction_key,
        coalesce(responses.agent_id, contexts.agent_id) as agent_id,
        coalesce(staff.team, contexts.team) as team,
        responses.collection_mode,
        responses.placement,
        responses.language,
        contexts.channel,
        contexts.store_id,
        coalesce(customers.region, stores.region) as region,
        coalesce(customers.country, stores.country) as country,
        contexts.order_status,
        contexts.delivery_status,
        responses.question_order,
        responses.questionnaire_version,
        versions.is_series_break,
        responses.has_comment,
        responses.known_at
    from responses
    inner join contexts on responses.response_key = contexts.response_key
    inner join versions on responses.response_key = versions.response_key
    left join customers on contexts.customer_id = customers.customer_id
    left join staff on coalesce(responses.agent_id, contexts.agent_id) = staff.agent_id
    left join stores on contexts.store_id = stores.store_id
)

select * from final
