-- Contacts, cases, orders, subscriptions, asks and employees of the small company: counts that a
-- person can check by hand. Its answers to surveys are in small_company.py.
insert into core.fct_contact by name
select 'k' || i as interaction_key, 'c' || (i % 400) as customer_id,
    timestamp '2024-05-01 10:00:00' + to_days(cast(5 * (i // 400) as integer)) as occurred_at,
    date '2024-05-01' + cast(5 * (i // 400) as integer) as occurred_on, 'phone' as channel,
    true as is_inbound, 'bill' as reason, 'answered' as outcome, false as is_abandoned,
    i < 40 as is_transferred, true as is_handled, case when i % 2 = 0 then 300 else 420 end as handle_seconds,
    10 + i % 20 as wait_seconds
from range(520) as numbers(i);
insert into core.fct_contact by name
select 'a' || i as interaction_key, 'x' || i as customer_id, timestamp '2024-05-02 10:00:00' as occurred_at,
    date '2024-05-02' as occurred_on, 'phone' as channel, true as is_inbound, 'abandoned' as outcome,
    true as is_abandoned, false as is_transferred, false as is_handled, 90 as wait_seconds
from range(80) as numbers(i);
insert into core.fct_case_event by name
select 'e' || i || event || seconds as case_event_key, 'case' || i as case_ref, event, 'north' as team,
    timestamp '2024-05-01 08:00:00' + to_seconds(seconds) as occurred_at
from (
    select i, 'opened' as event, 0 as seconds from range(12) as numbers(i)
    union all select i, 'public_reply', 60 * (i + 1) from range(8) as numbers(i)
    union all select i, 'solved', 3600 from range(10) as numbers(i)
    union all select i, 'reopened', 7200 from range(2) as numbers(i)
    union all select i, 'solved', 9000 from range(1) as numbers(i)
);
insert into core.fct_order by name
select 'o' || i as order_key, 'b' || (i % 40) as customer_id, i = 7 as is_cancelled,
    case when i = 8 then null else 10 + i end as net_revenue_amount,
    timestamp '2024-05-03 10:00:00' + to_days(cast(i // 40 as integer)) as ordered_at,
    date '2024-05-03' + cast(i // 40 as integer) as ordered_on
from range(50) as numbers(i);
insert into core.fct_subscription_period by name
select 's' || i as subscription_key, 'm' || i as customer_id, 'basic' as plan,
    case when i < 100 then timestamp '2023-12-10' else timestamp '2024-01-12' end as started_at,
    cast(started_at as date) as started_on,
    case when i < 15 then timestamp '2024-01-20' end as ended_at, cast(ended_at as date) as ended_on,
    10 as monthly_amount_reporting
from range(110) as numbers(i);
insert into core.fct_survey_invitation by name
select 'i' || i as invitation_key, 'vector' as survey_id, 'c' || i as customer_id,
    timestamp '2024-03-14 10:00:00' as sent_at, date '2024-03-14' as sent_on,
    case when i < 20 then 'complete' when i < 25 then 'break_off' when i < 30 then 'bounced'
        when i < 90 then 'no_response' when i < 100 then null else 'not_eligible' end as disposition
from range(120) as numbers(i);
insert into restricted.main.employee_response by name
select case when i < 12 then 'north' when i < 20 then 'south' else 'west' end as team, 'nps' as metric_type,
    case when i % 2 = 0 then 10 else 0 end as score, date '2024-02-01' as occurred_on,
    timestamp '2024-02-01 09:00:00' as responded_at, timestamp '2024-02-01 23:00:00' as known_at
from range(23) as numbers(i);
insert into keyed.golden_customer by name
select 'c' || i as customer_id, case when i % 2 = 0 then 'east' else 'west' end as region
from range(400) as numbers(i);
