-- Survey invitations of each customer, and how many were answered, as known at each cut-off.
{{ config(materialized='ephemeral') }}

with

versions as (
    {{ with_first_known('fct_survey_invitation', 'invitation_key', 'survey_invitations') }}
),

invitations as (
    select
        *,
        {{ known_on('first_known_at', 'sent_at', 'sent_on') }} as invitation_known_on
    from versions
),

answers as (
    {{ with_first_known('fct_survey_response', 'response_key', 'survey_responses', 'fact.invitation_id is not null') }}
),

responses as (
    select
        invitation_id,
        min(greatest(responded_on, {{ known_on('first_known_at', 'responded_at', 'responded_on') }})) as known_on
    from answers
    group by invitation_id
),

identities as (
    select * from {{ ref('int_known_key') }}
),

final as (
    select
        identities.customer_id,
        cutoffs.as_of_on,
        count(*) as n_invitations_365d,
        sum(case when responses.known_on <= cutoffs.as_of_on then 1 else 0 end) as n_answered_365d
    from invitations
    left join responses on invitations.invitation_id = responses.invitation_id
    inner join identities
        on invitations.identity_key = identities.identity_key
        {{ and_in_look_back('identities', 'invitations.sent_on') }}
    inner join {{ ref('ftr_customer_cutoff') }} as cutoffs
        on identities.customer_id = cutoffs.customer_id
        and invitations.invitation_known_on <= cutoffs.as_of_on
        and {{ held_at('identities', 'cutoffs.as_of_on') }}
        and {{ within_days('invitations.sent_on', 'cutoffs.as_of_on', 365) }}
    group by identities.customer_id, cutoffs.as_of_on
)

select * from final
