with

interactions as (
    select touchpoint, channel, stage, occurred_on from {{ ref('base_interactions') }}
    where touchpoint is not null
),

responses as (
    select touchpoint, occurred_on from {{ ref('base_survey_responses') }}
    where touchpoint is not null
),

invitations as (
    select touchpoint, occurred_on from {{ ref('base_survey_invitations') }}
    where touchpoint is not null
),

incidents as (
    select touchpoint, occurred_on from {{ ref('base_incidents') }}
    where touchpoint is not null
),

seen as (
    select
        touchpoint,
        min(channel) as channel,
        min(stage) as stage,
        count(*) as n_interactions,
        0 as n_responses,
        min(occurred_on) as first_seen_on,
        max(occurred_on) as last_seen_on
    from interactions
    group by touchpoint
    union all
    select touchpoint, null, null, 0, count(*), min(occurred_on), max(occurred_on)
    from responses
    group by touchpoint
    union all
    select touchpoint, null, null, 0, 0, min(occurred_on), max(occurred_on)
    from invitations
    group by touchpoint
    union all
    select touchpoint, null, null, 0, 0, min(occurred_on), max(occurred_on)
    from incidents
    group by touchpoint
),

final as (
    select
        touchpoint,
        min(channel) as channel,
        min(stage) as stage,
        cast(sum(n_interactions) as {{ type_integer() }}) as n_interactions,
        cast(sum(n_responses) as {{ type_integer() }}) as n_responses,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on
    from seen
    group by touchpoint
)

select * from final
