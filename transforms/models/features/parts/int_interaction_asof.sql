-- Visits, mails and contacts of each customer as known at each cut-off. A day that became known in two parts
-- is two rows: visit days are counted once by the day, contacts are added.
{{ config(materialized='ephemeral') }}

with

days as (
    select
        days.*,
        cutoffs.as_of_on
    from {{ ref('int_known_interaction_day') }} as days
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on days.customer_id = cutoffs.customer_id
        and {{ held_at('days', 'cutoffs.as_of_on') }}
        and {{ within_days('days.occurred_on', 'cutoffs.as_of_on', 365) }}
),

whole_days as (
    select
        customer_id,
        as_of_on,
        occurred_on,
        max(is_visit) as is_visit,
        sum(n_mails) as n_mails,
        max(is_mail_read) as is_mail_read,
        sum(n_cart_abandons) as n_cart_abandons,
        sum(n_contacts) as n_contacts,
        sum(n_unresolved) as n_unresolved,
        sum(n_abandoned) as n_abandoned,
        sum(wait_seconds) as wait_seconds,
        sum(n_waits) as n_waits
    from days
    group by customer_id, as_of_on, occurred_on
),

final as (
    select
        customer_id,
        as_of_on,
        max(case when is_visit = 1 then occurred_on end) as last_visit_on,
        {%- for days in (30, 90, 180) %}
        sum(case when {{ within_days('occurred_on', 'as_of_on', days) }} then is_visit else 0 end)
            as n_visit_days_{{ days }}d,
        {%- endfor %}
        sum(is_visit) as n_visit_days_365d,
        {%- for days in (90, 180) %}
        sum(case when {{ within_days('occurred_on', 'as_of_on', days) }} then n_mails else 0 end)
            as n_mails_{{ days }}d,
        sum(case when {{ within_days('occurred_on', 'as_of_on', days) }} then is_mail_read else 0 end)
            as n_mail_days_{{ days }}d,
        {%- endfor %}
        sum(n_mails) as n_mails_365d,
        sum(is_mail_read) as n_mail_days_365d,
        max(case when is_mail_read = 1 then occurred_on end) as last_mail_on,
        sum(case when {{ within_days('occurred_on', 'as_of_on', 90) }} then n_cart_abandons else 0 end)
            as n_cart_abandons_90d,
        max(case when n_contacts > 0 then occurred_on end) as last_contact_on,
        {%- for days in (30, 90) %}
        sum(case when {{ within_days('occurred_on', 'as_of_on', days) }} then n_contacts else 0 end)
            as n_contacts_{{ days }}d,
        {%- endfor %}
        sum(n_contacts) as n_contacts_365d,
        sum(case when {{ within_days('occurred_on', 'as_of_on', 90) }} then n_unresolved else 0 end)
            as n_unresolved_90d,
        sum(case when {{ within_days('occurred_on', 'as_of_on', 90) }} then n_abandoned else 0 end)
            as n_abandoned_90d,
        1.0e0 * cast(
            sum(case when {{ within_days('occurred_on', 'as_of_on', 90) }} then wait_seconds end) as {{ type_number() }}
        )
        / nullif(sum(case when {{ within_days('occurred_on', 'as_of_on', 90) }} then n_waits else 0 end), 0)
            as mean_wait_seconds_90d
    from whole_days
    group by customer_id, as_of_on
)

select * from final
