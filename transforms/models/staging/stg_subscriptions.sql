with

source as (
    {{ current_rows('subscriptions') }}
),

renamed as (
    select
        -- keys
        {{ md5_key(['subscription_id', epoch_us(utc_timestamp('started_at'))]) }} as subscription_key,
        source_system,
        subscription_id,
        identity_key,

        -- text
        plan,
        end_reason,
        currency as currency_code,

        -- numbers
        monthly_amount,

        -- times
        {{ utc_timestamp('started_at') }} as started_at,
        {{ utc_timestamp('ended_at') }} as ended_at,
        renews_on,
        {{ utc_timestamp('updated_at') }} as updated_at,
        occurred_on,
        {{ known_at(utc_timestamp('started_at')) }} as known_at
    from source
)

select * from renamed
