{{ config(meta={'feed': 'campaign_contacts'}) }}

with

rows_of_days as (
    select * from {{ ref('stg_campaign_contacts') }}
    where {{ in_touched_days('campaign_contacts') }}
),

final as (
    select
        campaign_contact_key,
        source_system,
        contact_id,
        identity_key,
        occurred_on,
        occurred_at,
        offer_id,
        campaign_id,
        channel,
        coalesce(is_control, false) as is_control,
        responded_at,
        converted_at,
        cost_amount,
        known_at
    from rows_of_days
)

select * from final
