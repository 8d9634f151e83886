-- The answers that count: one a response and metric, of relationship surveys the latest complete one
-- of a customer and wave. A later duplicate within a response (a second CSAT question) measures
-- something else and is left to the driver models.
-- A relationship survey may give each answer a response_id and a time of its own; its submission_id
-- then says which answers are one response.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with responses as (
    select
        response_key,
        survey_id,
        response_id,
        submission_id,
        case
            when program_type = 'relationship' then coalesce(submission_id, response_id)
            else response_id
        end as counted_response_id,
        question_id,
        question_order,
        metric_type,
        program_type,
        wave,
        coalesce(is_complete, true) as is_complete,
        coalesce(is_valid, false) as is_valid,
        score,
        scale_min,
        scale_max,
        responded_at,
        responded_on,
        coalesce(customer_id, response_key) as cluster_id,
        questionnaire_version,
        coalesce(is_series_break, false) as is_series_break,
        order_key,
        touchpoint,
        channel,
        store_id,
        team,
        agent_id,
        region,
        country,
        language,
        order_status,
        delivery_status
    from {{ ref('fct_survey_response') }}
    where metric_type in ('nps', 'csat', 'ces', 'expectation', 'perception')
),

placed as (
    select
        responses.*,
        row_number() over (
            partition by survey_id, counted_response_id, metric_type
            order by question_order asc nulls last, question_id asc nulls last, response_key asc nulls last
        ) as place_in_response,
        max(responded_at) over (
            partition by survey_id, counted_response_id, metric_type, wave, cluster_id
        ) as last_answered_at
    from responses
    where program_type is distinct from 'relationship' or is_complete
),

counted as (
    select
        placed.*,
        -- A rank, not a row number: it keeps all answers of the latest response.
        dense_rank() over (
            partition by survey_id, metric_type, wave, cluster_id
            order by last_answered_at desc nulls last, counted_response_id desc nulls last
        ) as place_in_wave
    from placed
)

select
    counted.response_key,
    counted.survey_id,
    counted.response_id,
    counted.submission_id,
    counted.metric_type,
    counted.program_type,
    counted.score,
    counted.scale_min,
    counted.scale_max,
    counted.responded_on,
    counted.cluster_id,
    counted.questionnaire_version,
    counted.is_series_break,
    counted.place_in_response,
    counted.touchpoint,
    counted.channel,
    counted.store_id,
    counted.team,
    counted.agent_id,
    counted.region,
    counted.country,
    counted.language,
    counted.order_status,
    counted.delivery_status,
    orders.first_category
from counted
left join {{ ref('fct_order') }} as orders on counted.order_key = orders.order_key
where counted.is_valid
    and counted.score is not null
    and counted.responded_on is not null
    and (counted.program_type is distinct from 'relationship' or counted.place_in_wave = 1)
