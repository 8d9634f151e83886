{{ config(meta={'feed': 'interactions'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_interactions') }}
    where {{ in_touched_days('interactions') }} and (text is not null)
),

final as (
    select
        interaction_key,
        occurred_on,
        text as verbatim
    from rows_of_days
)

select * from final
