{{ config(materialized='table') }}

with

contacts as (
    select * from {{ ref('fct_interaction') }}
    where is_contact and not is_bot
),

staff as (
    select agent_id, team from {{ ref('dim_agent') }}
),

measured as (
    select
        contacts.*,
        coalesce(contacts.team, staff.team) as agent_team,
        case
            when contacts.handle_seconds is not null then contacts.handle_seconds
            when coalesce(contacts.talk_seconds, contacts.hold_seconds, contacts.wrap_seconds) is not null
                then
                    coalesce(contacts.talk_seconds, 0)
                    + coalesce(contacts.hold_seconds, 0) + coalesce(contacts.wrap_seconds, 0)
        end as handled_seconds,
        coalesce(contacts.direction, 'inbound') = 'inbound' as is_inbound
    from contacts
    left join staff on contacts.agent_id = staff.agent_id
),

-- An issue is a customer's contacts for one reason, on any channel. A contact repeats one of the 7
-- days before it; nothing is known of people who are not known.
issues as (
    select
        interaction_key,
        lag(occurred_at) over (
            partition by customer_id, coalesce(reason, '')
            order by occurred_at asc nulls last, interaction_key asc nulls last
        ) as previous_at,
        lead(occurred_at) over (
            partition by customer_id, coalesce(reason, '')
            order by occurred_at asc nulls last, interaction_key asc nulls last
        ) as next_at
    from measured
    where is_inbound and customer_id is not null
),

final as (
    select
        measured.interaction_key,
        measured.source_system,
        measured.interaction_id,
        measured.customer_id,
        measured.identity_key,
        measured.occurred_at,
        measured.occurred_on,
        measured.channel,
        measured.interaction_type,
        measured.touchpoint,
        measured.direction,
        measured.is_inbound,
        measured.agent_id,
        measured.agent_team as team,
        measured.queue,
        measured.wait_seconds,
        measured.talk_seconds,
        measured.hold_seconds,
        measured.wrap_seconds,
        measured.handled_seconds as handle_seconds,
        measured.reason,
        measured.outcome,
        coalesce(measured.outcome = 'abandoned', false) as is_abandoned,
        coalesce(measured.outcome = 'transferred', false) as is_transferred,
        coalesce(
            measured.outcome in ('answered', 'resolved', 'unresolved', 'transferred'),
            measured.handled_seconds is not null or measured.agent_id is not null
        ) as is_handled,
        -- That someone answered, or passed it on, does not say whether it was settled.
        coalesce(
            measured.is_resolved,
            case
                when measured.outcome = 'resolved' then true
                when measured.outcome in ('unresolved', 'abandoned') then false
            end
        ) as is_resolved,
        case
            when issues.interaction_key is not null
                then coalesce({{ seconds_between('issues.previous_at', 'measured.occurred_at') }} <= 604800, false)
        end as is_repeat_7d,
        case
            when issues.interaction_key is not null
                then coalesce({{ seconds_between('measured.occurred_at', 'issues.next_at') }} <= 604800, false)
        end as has_repeat_7d,
        {{ add_days('measured.occurred_on', 7) }} > {{ as_of() }} as is_repeat_window_open,
        measured.case_ref,
        measured.campaign_id,
        measured.store_id,
        measured.known_at
    from measured
    left join issues on measured.interaction_key = issues.interaction_key
)

select * from final
