with

source as (
    {{ current_rows('measurements') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['identity_key', 'measure', 'as_of_on']) }} as measurement_key,
        source_system,
        identity_key,

        -- text
        measure,

        -- numbers
        value,

        -- times
        as_of_on,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(day_start('as_of_on')) }} as known_at
    from source
)

select * from renamed
