{{ config(meta={'feed': 'interactions'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_interactions') }}
    where {{ in_touched_days('interactions') }} and (latitude is not null and longitude is not null)
),

final as (
    select
        interaction_key,
        occurred_on,
        latitude,
        longitude
    from rows_of_days
)

select * from final
