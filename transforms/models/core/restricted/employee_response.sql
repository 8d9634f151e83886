{{ config(meta={'feed': 'employee_responses'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_employee_responses') }}
    where {{ in_touched_days('employee_responses') }} and (response_id is not null)
),

final as (
    select
        employee_response_key,
        occurred_on,
        response_id,
        team,
        metric_type,
        responded_at,
        score,
        comment as verbatim,
        campaign_id,
        known_at
    from rows_of_days
)

select * from final
