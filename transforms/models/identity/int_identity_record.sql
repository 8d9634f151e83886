-- What is made up (test@test.com, a telephone number of one digit) identifies nobody: a record that says
-- nothing else of that kind says nothing of it.
with

records as (
    select * from {{ ref('stg_customer_records') }}
    where not is_deleted
),

links as (
    select * from {{ ref('int_identifier_link') }}
),

made_up as (
    select
        identity_key,
        bool_and(case when identifier_type = 'email' then is_placeholder end) as is_email_made_up,
        bool_and(case when identifier_type = 'phone' then is_placeholder end) as is_phone_made_up,
        bool_and(case when identifier_type = 'national_id' then is_placeholder end) as is_national_id_made_up
    from links
    where identity_key in (select links.identity_key from links where links.is_placeholder)
    group by identity_key
),

final as (
    select
        records.identity_key,
        records.source_system,
        records.given_name,
        records.family_name,
        records.full_name,
        records.birth_date,
        records.gender,
        case when not coalesce(made_up.is_email_made_up, false) then records.email end as email,
        case when not coalesce(made_up.is_phone_made_up, false) then records.phone end as phone,
        case when not coalesce(made_up.is_national_id_made_up, false) then records.national_id end as national_id,
        records.street,
        records.city,
        records.postal_code,
        records.country,
        records.account_id,
        records.updated_at
    from records
    left join made_up on records.identity_key = made_up.identity_key
)

select * from final
