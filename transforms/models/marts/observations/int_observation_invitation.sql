-- Asks and what became of them, by AAPOR's dispositions. RR1 keeps partials, refusals, non-contacts
-- and unknown eligibility (bounced, undelivered) in the denominator; only the not eligible are out.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with invitations as (
    select
        fct_survey_invitation.invitation_key,
        fct_survey_invitation.survey_id,
        fct_survey_invitation.program_type,
        fct_survey_invitation.sent_on,
        fct_survey_invitation.disposition,
        fct_survey_invitation.channel,
        fct_survey_invitation.touchpoint,
        coalesce(fct_survey_invitation.customer_id, fct_survey_invitation.invitation_key) as cluster_id,
        golden_customer.region,
        golden_customer.country,
        golden_customer.language
    from {{ ref('fct_survey_invitation') }} as fct_survey_invitation
    left join {{ ref('golden_customer') }} as golden_customer
        on fct_survey_invitation.customer_id = golden_customer.customer_id
    -- An ask of which nothing was heard is of unknown fate too, and stays in the denominator.
    where coalesce(fct_survey_invitation.disposition, 'unknown') <> 'not_eligible'
),

contributions as (
    select invitations.*, 'response_rate' as metric_name
    from invitations
    union all
    select invitations.*, 'completion_rate' as metric_name
    from invitations
    where disposition in ('complete', 'partial', 'break_off')
)

select
    {{ observation(key='invitation_key', metric_name='metric_name', cluster_id='cluster_id',
                   on_date='sent_on', y="case when disposition = 'complete' then 1 else 0 end",
                   survey_id='survey_id', program_type='program_type') }},
    {{ null_as(type_money()) }} as scale_min,
    {{ null_as(type_money()) }} as scale_max,
    {{ slice_select({'touchpoint': 'touchpoint', 'channel': 'channel', 'region': 'region',
                     'country': 'country', 'language': 'language'}) }}
from contributions
