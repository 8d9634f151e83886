{{ config(materialized='table') }}

with

records as (
    select * from {{ ref('stg_customer_records') }}
),

identities as (
    select identity_key, customer_id from {{ ref('identity_map') }}
),

members as (
    select
        identities.customer_id,
        {{ md5_key(['records.source_system', 'records.source_customer_id']) }} as record_key,
        records.source_system,
        records.given_name,
        records.family_name,
        records.full_name,
        records.birth_date,
        records.gender,
        records.street,
        records.city,
        records.region,
        records.postal_code,
        records.country,
        records.company_name,
        records.language,
        records.account_status,
        records.preferred_channel,
        records.email,
        records.phone,
        records.registered_at,
        records.updated_at,
        records.known_at,
        records.is_deleted,
        min(case when records.is_deleted then 1 else 0 end) over (partition by identities.customer_id) = 1
            as is_all_deleted
    from records
    inner join identities on records.identity_key = identities.identity_key
),

-- A deleted record has no say while the customer has another one.
final as (
    select
        *,
        count(*) over (partition by customer_id) as n_records
    from members
    where not is_deleted or is_all_deleted
)

select * from final
