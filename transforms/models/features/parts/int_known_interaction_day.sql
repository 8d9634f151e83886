-- What a customer did on a day: visits, carts left, mails got and opened, contacts with service. What
-- the company sent or showed, what a telephone or device told by itself, and machines are nobody's
-- visit; nor is a mail that was read, or a word in public: they tell something else of a customer.
{{ config(materialized='ephemeral') }}

with

versions as (
    {{ with_first_known('fct_interaction', 'interaction_key', 'interactions') }}
),

interactions as (
    select
        *,
        {{ known_on('first_known_at', 'occurred_at', 'occurred_on') }} as interaction_known_on,
        is_contact and coalesce(direction, 'inbound') = 'inbound' as is_inbound_contact
    from versions
    where not coalesce(is_bot, false)
        and interaction_type not in (
            'sms_sent', 'push_sent', 'ad_impression', 'social_reply', 'location_ping', 'device_reading'
        )
),

identities as (
    select * from {{ ref('int_known_key') }}
),

dated as (
    select
        interactions.*,
        identities.customer_id as known_customer_id,
        greatest(interactions.interaction_known_on, identities.known_on) as known_on,
        identities.until_on
    from interactions
    inner join identities
        on interactions.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'interactions.occurred_on') }}
),

final as (
    select
        known_customer_id as customer_id,
        occurred_on,
        known_on,
        until_on,
        max(case
            when
                is_contact
                or interaction_type in ('email_sent', 'email_open', 'email_click', 'review', 'social_post') then 0
            else 1
        end) as is_visit,
        sum(case when interaction_type = 'email_sent' then 1 else 0 end) as n_mails,
        max(case when interaction_type in ('email_open', 'email_click') then 1 else 0 end) as is_mail_read,
        sum(case when interaction_type = 'cart_abandon' then 1 else 0 end) as n_cart_abandons,
        sum(case when is_inbound_contact then 1 else 0 end) as n_contacts,
        sum(case when is_inbound_contact and not coalesce(is_resolved, outcome <> 'unresolved', true) then 1 else 0 end)
            as n_unresolved,
        sum(case when is_inbound_contact and outcome = 'abandoned' then 1 else 0 end) as n_abandoned,
        sum(case when is_inbound_contact then cast(wait_seconds as {{ type_money() }}) end) as wait_seconds,
        sum(case when is_inbound_contact and wait_seconds is not null then 1 else 0 end) as n_waits
    from dated
    group by known_customer_id, occurred_on, known_on, until_on
)

select * from final
