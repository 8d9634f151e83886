-- Last and mean scores and answers of each customer as known at each cut-off.
{{ config(materialized='ephemeral') }}

with

versions as (
    {{ with_first_known('fct_survey_response', 'response_key', 'survey_responses') }}
),

answers as (
    select
        *,
        {{ known_on('first_known_at', 'responded_at', 'responded_on') }} as answer_known_on
    from versions
    where is_valid
),

identities as (
    select * from {{ ref('int_known_key') }}
),

known as (
    select
        identities.customer_id,
        cutoffs.as_of_on,
        answers.metric_type,
        answers.responded_on,
        coalesce(answers.submission_id, answers.response_id) as submission_id,
        answers.score,
        100.0e0 * (answers.score - answers.scale_min) / nullif(answers.scale_max - answers.scale_min, 0) as score_index,
        row_number() over (
            partition by identities.customer_id, cutoffs.as_of_on, answers.metric_type
            order by answers.responded_at desc nulls last, answers.response_key asc nulls last
        ) as place
    from answers
    inner join identities
        on answers.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'answers.responded_on') }}
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on identities.customer_id = cutoffs.customer_id
        and answers.responded_on <= cutoffs.as_of_on
        and answers.answer_known_on <= cutoffs.as_of_on
        and {{ held_at('identities', 'cutoffs.as_of_on') }}
),

final as (
    select
        customer_id,
        as_of_on,
        max(case when metric_type = 'nps' and place = 1 then score end) as last_nps,
        max(case when metric_type = 'csat' and place = 1 then score_index end) as last_csat_index,
        max(case when metric_type = 'ces' and place = 1 then score_index end) as last_ces_index,
        {%- for name, types in (
            ('nps', "('nps')"), ('csat', "('csat')"), ('ces', "('ces')"),
            ('attribute', "('attribute', 'perception')"),
            ('score', "('nps', 'csat', 'ces', 'attribute', 'perception')"),
        ) %}
        -- Of decimals: a sum of doubles hangs on the order of the rows.
        1.0e0 * cast(sum(case
            when metric_type in {{ types }} and {{ within_days('responded_on', 'as_of_on', 365) }}
                then cast(score_index as {{ type_money() }})
        end) as {{ type_number() }})
        / nullif(sum(case
            when metric_type in {{ types }} and {{ within_days('responded_on', 'as_of_on', 365) }}
                and score_index is not null
                then 1 else 0
        end), 0) as mean_{{ name }}_index_365d,
        {%- endfor %}
        max(responded_on) as last_answer_on,
        count(distinct case when {{ within_days('responded_on', 'as_of_on', 365) }} then submission_id end)
            as n_answers_365d
    from known
    group by customer_id, as_of_on
)

select * from final
