{{ config(meta={'feed': 'fx_rates'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_fx_rates') }}
    where {{ in_touched_days('fx_rates') }}
),

final as (
    select
        fx_rate_key,
        currency_code,
        occurred_on,
        rate_to_reporting,
        known_at
    from rows_of_days
)

select * from final
