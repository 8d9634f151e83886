-- Every answer to a survey that a vendor states a figure of, whether it counts with us or not, with what
-- the rules of both need to know of it. Counted as int_survey_answer does: the ranks are the same.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with figures as (
    select distinct
        survey_id,
        case when metric_name = 'nps' then 'nps' else 'csat' end as metric_type
    from {{ ref('int_vendor_figure') }}
),

invitations as (
    select invitation_id, min(sent_at) as sent_at
    from {{ ref('fct_survey_invitation') }}
    group by invitation_id
),

given as (
    select
        responses.response_key as answer_key,
        responses.survey_id,
        responses.metric_type,
        responses.program_type,
        responses.wave,
        responses.question_order,
        responses.question_id,
        case
            when responses.program_type = 'relationship'
                then coalesce(responses.submission_id, responses.response_id)
            else responses.response_id
        end as counted_response_id,
        coalesce(responses.customer_id, responses.response_key) as cluster_id,
        coalesce(responses.is_complete, true) as is_complete,
        false as is_test,
        coalesce(responses.is_valid, false) as is_valid,
        responses.score,
        responses.scale_min,
        responses.scale_max,
        responses.responded_at,
        coalesce(invitations.sent_at, responses.responded_at) as sent_at,
        coalesce(responses.known_at, responses.responded_at) as received_at
    from {{ ref('fct_survey_response') }} as responses
    inner join figures
        on responses.survey_id = figures.survey_id and responses.metric_type = figures.metric_type
    left join invitations on responses.invitation_id = invitations.invitation_id
),

left_out as (
    select
        answers.answer_key,
        answers.survey_id,
        answers.metric_type,
        {{ null_as(type_text()) }} as program_type,
        {{ null_as(type_text()) }} as wave,
        {{ null_as(type_integer()) }} as question_order,
        {{ null_as(type_text()) }} as question_id,
        answers.answer_key as counted_response_id,
        answers.answer_key as cluster_id,
        answers.is_complete,
        true as is_test,
        answers.score is not null as is_valid,
        answers.score,
        coalesce(answers.scale_min, {{ default_scale('answers.metric_type', 'min') }}) as scale_min,
        coalesce(answers.scale_max, {{ default_scale('answers.metric_type', 'max') }}) as scale_max,
        answers.responded_at,
        answers.responded_at as sent_at,
        answers.responded_at as received_at
    from {{ ref('int_left_out_answer') }} as answers
    inner join figures
        on answers.survey_id = figures.survey_id and answers.metric_type = figures.metric_type
),

answers as (
    select * from given
    union all
    select * from left_out
),

placed as (
    select
        answers.*,
        row_number() over (
            partition by survey_id, metric_type, is_test, counted_response_id
            order by question_order asc nulls last, question_id asc nulls last, answer_key asc nulls last
        ) as place_in_response,
        max(responded_at) over (
            partition by survey_id, metric_type, is_test, counted_response_id, wave, cluster_id
        ) as last_answered_at
    from answers
),

ranked as (
    select
        placed.*,
        dense_rank() over (
            partition by survey_id, metric_type, is_test, wave, cluster_id
            order by last_answered_at desc nulls last, counted_response_id desc nulls last
        ) as place_of_all,
        dense_rank() over (
            partition by survey_id, metric_type, is_test, wave, cluster_id, is_complete
            order by last_answered_at desc nulls last, counted_response_id desc nulls last
        ) as place_of_its_kind
    from placed
)

select
    answer_key,
    survey_id,
    metric_type,
    program_type,
    is_complete,
    is_test,
    -- A blank, a "don't know", a number off the scale: no answer with us, a neutral one with some vendors.
    not is_valid or score is null
    or coalesce(score < scale_min or score > scale_max or scale_max <= scale_min, true)
    or (metric_type = 'nps' and (scale_min <> 0 or scale_max <> 10 or score <> floor(score))) as is_dismissed,
    place_of_all = 1 as is_latest,
    place_of_its_kind = 1 and is_complete as is_latest_complete,
    score,
    scale_min,
    scale_max,
    responded_at,
    sent_at,
    received_at
from ranked
where place_in_response = 1 and responded_at is not null
