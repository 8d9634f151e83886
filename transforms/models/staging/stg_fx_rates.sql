with

source as (
    {{ current_rows('fx_rates') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['currency', 'on_date']) }} as fx_rate_key,
        source_system,

        -- text
        currency as currency_code,

        -- numbers
        rate_to_reporting,

        -- times
        on_date,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(day_start('on_date')) }} as known_at
    from source
)

select * from renamed
