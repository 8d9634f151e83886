{{ config(meta={'feed': 'survey_responses'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_survey_responses') }}
    where {{ in_touched_days('survey_responses') }} and (comment is not null)
),

final as (
    select
        response_key,
        occurred_on,
        comment as verbatim,
        language
    from rows_of_days
)

select * from final
