-- Every version of every customer record that a source has sent by the night's date, with the moment
-- from which it held: its own time, else when it was taken in (a first batch: when it was registered).
with

source as (
    select
        feed.*,
        batch.night_on,
        {{ utc_timestamp('batch.night_end_at') }} as night_end_at,
        batch.is_first as is_first_batch
    from {{ source('feeds', 'customer_records') }} as feed
    left join {{ source('feeds', 'batch') }} as batch
        on feed.source_name = batch.source and feed.batch = batch.batch
    where not feed.is_superseding
        or coalesce({{ business_date(utc_timestamp('feed.version_at')) }}, batch.night_on) <= {{ as_of() }}
),

renamed as (
    select
        -- keys
        row_id,
        source_system,
        source_customer_id,
        identity_key,

        -- text
        coalesce(full_name, given_name, family_name) as any_name,
        gender,
        region,
        postal_code,
        country,
        coalesce(street, city, postal_code) as any_address,
        company_name,
        language,
        account_status,
        preferred_channel,
        email,
        phone,

        -- numbers
        batch as version_batch,

        -- flags
        coalesce(street, city, postal_code, region, country) is not null as has_place,
        coalesce(is_deleted, false) as is_deleted,

        -- times
        birth_date,
        coalesce(
            {{ utc_timestamp('version_at') }},
            case
                when is_first_batch
                    then coalesce({{ utc_timestamp('registered_at') }}, cast('1970-01-01' as timestamp))
                else night_end_at
            end,
            {{ utc_timestamp('received_at') }}
        ) as valid_from
    from source
)

select * from renamed
